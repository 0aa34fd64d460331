import { CodedError } from '../../src/core/coded-error.ts';

/** A recording that can't be read: says file, line, column and value, and what to do. */
export function recordingError(
  where: { readonly path: string; readonly line?: number; readonly column?: string },
  problem: string,
  cause?: unknown,
): CodedError<'bad_recording'> {
  const line = where.line === undefined ? '' : `, line ${where.line}`;
  const column = where.column === undefined ? '' : `, column "${where.column}"`;
  return new CodedError('bad_recording', `${where.path}${line}${column}: ${problem}`, { cause });
}
