import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import type { Finding, FuzzCase, Step } from './fuzz-case.ts';

/** A finding as it is kept: enough to show it again, and for a person to see what was sent. */
export interface FindingRecord extends Finding {
  readonly seed: number;
  /** The case of that seed that showed it first; null: it came of no case. */
  readonly index: number | null;
  readonly fuzzCase: FuzzCase;
}

const isText = (data: Uint8Array): boolean => data[0] === 0x7b || data[0] === 0x5b;

function written(step: Step): object {
  if (step.do !== 'receive') return step;
  const data = Buffer.from(step.data);
  return {
    ...step,
    data: data.toString('base64'),
    shown: isText(data) ? data.toString('utf8') : data.toString('hex'),
  };
}

/** Writes a finding into `directory`; where it is then. */
export function writeFinding(directory: string, { fuzzCase, ...finding }: FindingRecord): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(
    directory,
    `${fuzzCase.target}-${finding.kind}-${finding.seed}-${finding.index ?? 'run'}.json`,
  );
  const record = { ...finding, fuzzCase: { ...fuzzCase, steps: fuzzCase.steps.map(written) } };
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  return path;
}

/** The case in a file that `writeFinding` wrote. @throws CodedError `options_invalid` */
export function readFinding(path: string): { readonly kind: string; readonly fuzzCase: FuzzCase } {
  try {
    const { kind, fuzzCase } = JSON.parse(readFileSync(path, 'utf8'));
    const steps: Step[] = fuzzCase.steps.map((step: { do: string; data?: string }) =>
      step.do === 'receive' ? { ...step, data: Buffer.from(String(step.data), 'base64') } : step,
    );
    return { kind: String(kind), fuzzCase: { ...fuzzCase, steps } };
  } catch (cause) {
    throw new CodedError('options_invalid', `--replay ${path} is no file of a finding (${codeOf(cause)})`, {
      cause,
    });
  }
}
