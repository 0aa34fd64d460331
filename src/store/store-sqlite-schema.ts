import type { DatabaseSync } from 'node:sqlite';
import { VITAL_NAMES } from '../model/vital.ts';

/** One a schema version; see `openSqliteFile`. */
export const TELEMETRY_MIGRATIONS = [
  `
  CREATE TABLE series (
    id INTEGER PRIMARY KEY, patient TEXT NOT NULL, device TEXT NOT NULL, UNIQUE (patient, device)
  );
  CREATE INDEX series_device ON series (device);
  CREATE TABLE vitals (
    series INTEGER NOT NULL, t INTEGER NOT NULL, received INTEGER, quality TEXT, PRIMARY KEY (series, t)
  ) WITHOUT ROWID;
  -- longest: microseconds from the first to the last value of the longest chunk, so that a range finds chunks
  -- that began before it without looking at all of them.
  CREATE TABLE traces (
    id INTEGER PRIMARY KEY, series INTEGER NOT NULL, signal TEXT NOT NULL, longest INTEGER NOT NULL,
    UNIQUE (series, signal)
  );
  -- 64-bit floats in the machine's byte order, which is little endian wherever Node runs.
  -- A higher id was written later: it wins where chunks overlap, as the later point does in InfluxDB.
  CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, t INTEGER NOT NULL, rate_hz REAL NOT NULL,
    size INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (trace, t, rate_hz, size)
  );
  CREATE TABLE alarms (
    cursor TEXT PRIMARY KEY, at INTEGER NOT NULL, patient TEXT, device TEXT NOT NULL, event TEXT NOT NULL,
    alarm TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX alarms_patient ON alarms (patient, at);
  CREATE TABLE device_status (
    device TEXT NOT NULL, t INTEGER NOT NULL, battery_percent REAL, worn INTEGER, charging INTEGER,
    PRIMARY KEY (device, t)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE observations (
    id TEXT PRIMARY KEY, patient TEXT NOT NULL, t INTEGER NOT NULL, entered INTEGER NOT NULL, observation TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX observations_patient ON observations (patient, entered);
  `,
  // A NEWS2 alarm is of no one device. SQLite lifts NOT NULL only by making the table anew.
  `
  CREATE TABLE alarms_anew (
    cursor TEXT PRIMARY KEY, at INTEGER NOT NULL, patient TEXT, device TEXT, event TEXT NOT NULL, alarm TEXT NOT NULL
  ) WITHOUT ROWID;
  INSERT INTO alarms_anew SELECT cursor, at, patient, device, event, alarm FROM alarms;
  DROP TABLE alarms;
  ALTER TABLE alarms_anew RENAME TO alarms;
  CREATE INDEX alarms_patient ON alarms (patient, at);
  `,
] as const;

/** Adds a column for every vital that came into the catalogue since the file was made. */
export function addVitalColumns(db: DatabaseSync): void {
  const columns = db.prepare('PRAGMA table_info(vitals)').all();
  const present = new Set(columns.map(({ name }) => String(name)));
  for (const vital of VITAL_NAMES) {
    if (!present.has(vital)) db.exec(`ALTER TABLE vitals ADD COLUMN "${vital}" REAL`);
  }
}
