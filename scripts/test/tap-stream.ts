import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What the TAP of one test file says. */
export interface TapTally {
  readonly passed: number;
  readonly failed: number;
  /** Names of what was skipped, with the reason. */
  readonly skipped: readonly string[];
  /** Every `not ok` line, with its diagnosis when it is not that of a subtest, in order. */
  readonly failures: readonly string[];
  /** A plan and totals at the outermost level: the file came to its end. */
  readonly complete: boolean;
}

const SKIP = /^\s*ok \d+ - (.*) # SKIP ?(.*)$/;
const FAILURE = /^\s*not ok \d+(?! - .*# (?:TODO|SKIP))/;
/** It ends a subtest: where that stands in the file says nothing, what failed in it has been told. */
const OF_SUBTEST = / # time=[\d.]+ms$/;
const PLAN = /^1\.\.\d+/;
/** Counts assertions of all levels, and no summary of a subtest. */
const TOTALS = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/;
/** So that a file that fails without end is told and does not bury the others. */
const MOST_LINES_OF_FAILURES = 400;
/** Of a line, which may hold all that a program has written. */
const MOST_CHARACTERS_OF_LINE = 1_000;

/** Reads a file of TAP version 14 as tap prints it. */
export async function tallyTap(file: string): Promise<TapTally> {
  let [passed, failed] = [0, 0];
  let [planned, totalled] = [false, false];
  const skipped: string[] = [];
  const failures: string[] = [];
  let inDiagnosis = false;
  let afterFailure = false;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (inDiagnosis || (afterFailure && /^\s*---$/.test(line))) {
      keep(failures, line);
      inDiagnosis = !/^\s*\.\.\.$/.test(line);
      afterFailure = false;
      continue;
    }
    const failure = FAILURE.test(line);
    if (failure) keep(failures, line);
    afterFailure = failure && !OF_SUBTEST.test(line);
    const skip = SKIP.exec(line);
    if (skip) skipped.push(`${skip[1]}${skip[2] ? ` (${skip[2]})` : ''}`);
    planned ||= PLAN.test(line);
    const totals = TOTALS.exec(line);
    if (totals) {
      totalled = true;
      passed = Number(totals[2] ?? 0);
      failed = Number(totals[3] ?? 0);
    }
  }
  return { passed, failed, skipped, failures, complete: planned && totalled };
}

function keep(failures: string[], line: string): void {
  if (failures.length < MOST_LINES_OF_FAILURES)
    failures.push(
      line.length > MOST_CHARACTERS_OF_LINE ? `${line.slice(0, MOST_CHARACTERS_OF_LINE)} ...` : line,
    );
}
