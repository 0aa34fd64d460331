import { CodedError } from '../../src/core/coded-error.ts';
import { isVital, VITAL_NAMES, type Vital } from '../../src/model/vital.ts';
import { recordingError } from './recording-error.ts';
import type { VitalColumns } from './vital-columns.ts';

/** How the columns of a plain CSV file are to be read. */
export interface ColumnMap {
  /** Vital to column name. */
  readonly columns: ReadonlyMap<Vital, string>;
  readonly timeColumn: string;
  readonly timeUnit: 's' | 'ms';
}

/**
 * Reads `heart_rate=HR,spo2=Sat`.
 * @throws CodedError `invalid_column_map`
 */
export function parseColumnMap(text: string): ReadonlyMap<Vital, string> {
  const columns = new Map<Vital, string>();
  for (const pair of text.split(',')) {
    const [vital = '', column = ''] = pair.split('=', 2).map((part) => part.trim());
    if (!isVital(vital) || column === '')
      throw new CodedError(
        'invalid_column_map',
        `${JSON.stringify(pair.trim())} is not <vital>=<column>: vitals are ${VITAL_NAMES.join(', ')}`,
      );
    columns.set(vital, column);
  }
  return columns;
}

/** Finds the mapped columns in a header. @throws CodedError `bad_recording` naming the column that is missing */
export function mappedColumns(path: string, header: readonly string[], map: ColumnMap): VitalColumns {
  const find = (name: string, option: string): number => {
    const index = header.indexOf(name);
    if (index >= 0) return index;
    const there = header.map((column) => JSON.stringify(column)).join(', ');
    throw recordingError(
      { path, line: 1, column: name },
      `there is no such column, only ${there}: change ${option}`,
    );
  };
  return {
    time: { name: map.timeColumn, index: find(map.timeColumn, '--time-column') },
    unitMs: map.timeUnit === 's' ? 1000 : 1,
    fromFirstRow: true,
    vitals: [...map.columns].map(([vital, name]) => ({ vital, name, index: find(name, '--column-map') })),
  };
}
