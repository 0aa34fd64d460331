import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EpochMs } from '../../src/core/clock.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Vital } from '../../src/model/vital.ts';

/** The columns of BIDMC numerics and of the UW files that follow them, header spaces taken off. */
const NUMERIC_COLUMNS: Readonly<Record<string, Vital>> = {
  HR: 'heart_rate',
  PULSE: 'pulse_rate',
  RESP: 'resp_rate',
  SpO2: 'spo2',
};

/**
 * The folder of recorded vitals: `VITALWIRE_RECORDINGS`, else `../shared/data` beside the repository.
 * Null where there is none; tests that need it are then skipped by name.
 */
export function recordingsDirectory(): string | null {
  const beside = fileURLToPath(new URL('../../../shared/data', import.meta.url));
  const directory = process.env.VITALWIRE_RECORDINGS || beside;
  return existsSync(directory) ? directory : null;
}

/** Paths of the 1 Hz recordings with the four monitor vitals, in order: BIDMC numerics, then UW. */
export function numericRecordings(directory: string): readonly string[] {
  return ['bidmc/numerics', 'uw_fio2'].flatMap((folder) =>
    readdirSync(join(directory, folder))
      .filter((file) => file.endsWith('.csv'))
      .sort()
      .map((file) => join(directory, folder, file)),
  );
}

/**
 * One moment a row of CSV text in the columns above. `Time [s]` becomes milliseconds after `origin` as it stands:
 * one recording starts at -1 s. A `NaN` or empty cell is no value; a row without any value is no sample.
 * @throws Error when a column is missing or a cell is no number
 */
export function parseNumerics(csv: string, origin: EpochMs = 0): Sample[] {
  const [header = [], ...rows] = csv
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()));
  const columnOf = (name: string): number => {
    const column = header.indexOf(name);
    if (column < 0) throw new Error(`no column "${name}" in header ${JSON.stringify(header)}`);
    return column;
  };
  const time = columnOf('Time [s]');
  const columns = Object.entries(NUMERIC_COLUMNS).map(([name, vital]) => ({ vital, column: columnOf(name) }));

  return rows.flatMap((row) => {
    const number = (column: number): number => {
      const cell = row[column] ?? '';
      const value = Number(cell === '' ? Number.NaN : cell);
      if (Number.isNaN(value) && cell !== '' && cell !== 'NaN') {
        throw new Error(`${JSON.stringify(cell)} in column "${header[column]}" is no number`);
      }
      return value;
    };
    const seconds = number(time);
    if (Number.isNaN(seconds)) throw new Error(`no time in row ${JSON.stringify(row)}`);
    const values = columns
      .map(({ vital, column }) => [vital, number(column)] as const)
      .filter(([, value]) => !Number.isNaN(value));
    return values.length === 0
      ? []
      : [{ t: origin + Math.round(seconds * 1000), ...Object.fromEntries(values) }];
  });
}

/** The samples of one recorded file. */
export function readNumerics(path: string, origin: EpochMs = 0): Sample[] {
  return parseNumerics(readFileSync(path, 'utf8'), origin);
}
