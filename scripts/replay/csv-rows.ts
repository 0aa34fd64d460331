import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { codeOf } from '../../src/core/coded-error.ts';
import { recordingError } from './recording-error.ts';

/** One line of a CSV file, its cells without the spaces around them. */
export interface CsvRow {
  /** From 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * The lines of a CSV file one after another, blank ones left out; the file is not held in memory.
 * @throws CodedError `bad_recording` when the file can't be read or is not CSV
 */
export async function* csvRows(path: string): AsyncGenerator<CsvRow> {
  const rows = createReadStream(path)
    .on('error', (error) => rows.destroy(error))
    .pipe(parse({ bom: true, trim: true, info: true, relax_column_count: true, skip_empty_lines: true }));
  try {
    for await (const row of rows as AsyncIterable<{ info: { lines: number }; record: string[] }>)
      yield { line: row.info.lines, cells: row.record };
  } catch (cause) {
    if (codeOf(cause) === 'bad_recording') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw recordingError({ path }, `can't be read (${reason}): name a CSV file`, cause);
  } finally {
    rows.destroy();
  }
}

/**
 * The number in a cell; null where there is none: an empty cell or `NaN`.
 * @throws CodedError `bad_recording` naming file, line, column and value
 */
export function cellNumber(path: string, row: CsvRow, index: number, column: string): number | null {
  const cell = row.cells[index] ?? '';
  if (cell === '' || /^nan$/i.test(cell)) return null;
  const value = Number(cell);
  if (Number.isFinite(value)) return value;
  throw recordingError(
    { path, line: row.line, column },
    `${JSON.stringify(cell.slice(0, 40))} is not a number`,
  );
}
