import type { Vital } from '../../src/model/vital.ts';
import { type CsvRow, cellNumber } from './csv-rows.ts';
import type { RecordedSample } from './recording.ts';
import { recordingError } from './recording-error.ts';

/** Which columns of a table hold what. */
export interface VitalColumns {
  readonly time: { readonly name: string; readonly index: number };
  /** Milliseconds in one unit of the time column. */
  readonly unitMs: number;
  /** Whether times count from the first row, as wall-clock times do; else they stand as they are. */
  readonly fromFirstRow: boolean;
  readonly vitals: readonly { readonly vital: Vital; readonly name: string; readonly index: number }[];
}

/**
 * Reads a table with a time column: one moment a row, cells without a value left out, rows without any left out.
 * @throws CodedError `bad_recording` naming file, line, column and value
 */
export async function readVitalColumns(
  path: string,
  rows: AsyncIterable<CsvRow>,
  columns: VitalColumns,
): Promise<RecordedSample[]> {
  const samples: RecordedSample[] = [];
  const { time, unitMs, vitals } = columns;
  let origin = columns.fromFirstRow ? null : 0;
  for await (const row of rows) {
    const at = cellNumber(path, row, time.index, time.name);
    if (at === null)
      throw recordingError(
        { path, line: row.line, column: time.name },
        'a row needs a time: complete it or remove it',
      );
    origin ??= at;
    const values: Partial<Record<Vital, number>> = {};
    for (const { vital, name, index } of vitals) {
      const value = cellNumber(path, row, index, name);
      if (value !== null) values[vital] = value;
    }
    if (Object.keys(values).length > 0)
      samples.push({ offsetMs: Math.round((at - origin) * unitMs), values });
  }
  return samples;
}
