import type { DatabaseSync } from 'node:sqlite';
import { QUALITIES } from '../../src/model/sample.ts';

/** Numbers of a trace are 64-bit floats. */
const OCTETS_A_VALUE = 8;

interface Rule {
  readonly table: string;
  readonly problem: string;
  /** Holds for a row that cannot be read back. */
  readonly where: string;
}

/**
 * Looks whether the rows of the embedded store can be read back as what was written: the tables are not strict, so that
 * a column can hold anything.
 * @returns what was looked at
 */
export function checkTelemetry(
  database: DatabaseSync,
  options: {
    readonly quick: boolean;
    readonly fault: (problem: string) => void;
    readonly progress: (text: string) => void;
  },
): string {
  const count = (sql: string): number => Number(database.prepare(sql).get()?.n);
  for (const { table, problem, where } of rules(database, options.quick)) {
    options.progress(table);
    const rows = count(`SELECT count(*) AS n FROM ${table} WHERE ${where}`);
    if (rows > 0) options.fault(`${rows} rows of ${table} ${problem}`);
  }
  if (!options.quick) {
    options.progress('values of traces');
    let unreadable = 0;
    for (const { data } of database.prepare('SELECT data FROM chunks').iterate()) {
      if (!(data instanceof Uint8Array) || !isFinite64(data)) unreadable += 1;
    }
    if (unreadable > 0) options.fault(`${unreadable} rows of chunks hold what is no number`);
  }
  const of = (table: string): number => count(`SELECT count(*) AS n FROM ${table}`);
  return `${of('vitals')} moments, ${of('chunks')} chunks, ${of('alarms')} alarm events`;
}

function rules(database: DatabaseSync, quick: boolean): readonly Rule[] {
  const vitals = database
    .prepare('PRAGMA table_info(vitals)')
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !['series', 't', 'received', 'quality'].includes(name));
  const isNumber = (column: string): string => `typeof("${column}") IN ('null', 'real', 'integer')`;
  const qualities = QUALITIES.map((quality) => `'${quality}'`).join(', ');
  const cheap: readonly Rule[] = [
    {
      table: 'vitals',
      problem: 'are of no known series',
      where: 'series NOT IN (SELECT id FROM series)',
    },
    { table: 'traces', problem: 'are of no known series', where: 'series NOT IN (SELECT id FROM series)' },
    { table: 'chunks', problem: 'are of no known trace', where: 'trace NOT IN (SELECT id FROM traces)' },
    {
      table: 'chunks',
      problem: 'have another length than they say',
      where: `typeof(data) <> 'blob' OR length(data) <> size * ${OCTETS_A_VALUE} OR rate_hz <= 0`,
    },
  ];
  if (quick) return cheap;
  return [
    ...cheap,
    {
      table: 'vitals',
      problem: 'hold what is no number',
      where: `typeof(t) <> 'integer' OR NOT (${['received', ...vitals].map(isNumber).join(' AND ')})`,
    },
    { table: 'vitals', problem: 'have no known quality', where: `quality NOT IN (${qualities})` },
    { table: 'alarms', problem: 'are not JSON', where: 'NOT json_valid(alarm)' },
    { table: 'observations', problem: 'are not JSON', where: 'NOT json_valid(observation)' },
    {
      table: 'device_status',
      problem: 'hold what is no number',
      where: `typeof(t) <> 'integer' OR NOT (${['battery_percent', 'worn', 'charging'].map(isNumber).join(' AND ')})`,
    },
  ];
}

function isFinite64(data: Uint8Array): boolean {
  if (data.byteLength % OCTETS_A_VALUE !== 0) return false;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < data.byteLength; at += OCTETS_A_VALUE) {
    if (!Number.isFinite(view.getFloat64(at, true))) return false;
  }
  return true;
}
