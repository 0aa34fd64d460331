import type { Vital } from '../../src/model/vital.ts';
import type { CsvRow } from './csv-rows.ts';
import type { RecordedSample } from './recording.ts';
import { readVitalColumns } from './vital-columns.ts';

const TIME = 'Time [s]';
/** Columns of the numerics of BIDMC (PhysioNet), and of files that follow them. */
const COLUMNS: Readonly<Record<string, Vital>> = {
  HR: 'heart_rate',
  PULSE: 'pulse_rate',
  RESP: 'resp_rate',
  SpO2: 'spo2',
};

/** Whether a header is of a monitor's numerics: time, and nothing else but the columns known. */
export function isMonitorNumerics(header: readonly string[]): boolean {
  const [time, ...others] = header;
  return time === TIME && others.length > 0 && others.every((name) => Object.hasOwn(COLUMNS, name));
}

/** Reads the rows below such a header. Times are seconds and stand as they are: one recording starts at -1 s. */
export function readMonitorNumerics(
  path: string,
  header: readonly string[],
  rows: AsyncIterable<CsvRow>,
): Promise<RecordedSample[]> {
  const vitals = header.flatMap((name, index) => {
    const vital = COLUMNS[name];
    return vital === undefined ? [] : [{ vital, name, index }];
  });
  return readVitalColumns(path, rows, {
    time: { name: TIME, index: 0 },
    unitMs: 1000,
    fromFirstRow: false,
    vitals,
  });
}
