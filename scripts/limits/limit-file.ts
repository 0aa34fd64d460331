import { readFile } from 'node:fs/promises';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import type { LimitChoice } from '../../src/model/limit-override.ts';
import { checkLimitChoice } from '../../src/model/limit-rules.ts';
import { limitChoiceOf } from '../../src/registry/limit-checks.ts';

/** More would be no list of limits. Bytes. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * Reads a JSON list of choices, `[{"target": "spo2:low", "tiers": [...]}, ...]`, each by the rules of limits. No tiers
 * (`[]`) switch a target off.
 * @throws CodedError `limit_file_unreadable`, `limit_file_invalid` (naming the entry)
 */
export async function readLimitChoices(path: string): Promise<readonly LimitChoice[]> {
  const value = await readJsonFile(path);
  if (!Array.isArray(value)) throw invalid(path, 'is not a list: write [{"target": ..., "tiers": [...]}]');
  const choices = value.map((entry: unknown, i) => choiceOf(path, entry, i + 1));
  const targets = value.map(({ target }: { target: string }) => target);
  const twice = targets.find((target, i) => targets.indexOf(target) !== i);
  if (twice !== undefined) throw invalid(path, `names ${twice} twice: write one entry a target`);
  return choices;
}

/** @throws CodedError `limit_file_unreadable`, `limit_file_invalid` */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CodedError(
      'limit_file_unreadable',
      `${path}: cannot be read (${codeOf(cause)}): check the path`,
      { cause },
    );
  }
  if (text.length > MAX_FILE_BYTES) throw invalid(path, `is longer than ${MAX_FILE_BYTES} bytes`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(path, `is not JSON (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
}

function choiceOf(path: string, entry: unknown, place: number): LimitChoice {
  const { target, tiers } = (entry ?? {}) as { readonly target?: unknown; readonly tiers?: unknown };
  if (typeof target !== 'string' || !Array.isArray(tiers))
    throw invalid(path, `entry ${place} is no choice: write {"target": "spo2:low", "tiers": [...]}`);
  try {
    const choice = limitChoiceOf(target, tiers);
    checkLimitChoice(choice);
    return choice;
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    throw invalid(path, `entry ${place}, ${target}: ${cause.message}`, cause);
  }
}

function invalid(path: string, problem: string, cause?: unknown): CodedError {
  return new CodedError('limit_file_invalid', `${path}: ${problem}`, cause === undefined ? {} : { cause });
}
