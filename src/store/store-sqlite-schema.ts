import type { DatabaseSync } from 'node:sqlite';
import { CodedError } from '../core/coded-error.ts';
import { VITAL_NAMES } from '../model/vital.ts';

const FORMAT = 1;

/**
 * Creates what is missing and adds a column for every vital that came into the catalogue since.
 * @throws CodedError `telemetry_format_unknown` when a newer version wrote the file.
 */
export function prepareSchema(db: DatabaseSync): void {
  const format = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (format > FORMAT) {
    throw new CodedError(
      'telemetry_format_unknown',
      `the telemetry database has format ${format}, this version knows up to ${FORMAT}: start the version that wrote it`,
    );
  }
  db.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS series (
      id INTEGER PRIMARY KEY, patient TEXT NOT NULL, device TEXT NOT NULL, UNIQUE (patient, device)
    );
    CREATE INDEX IF NOT EXISTS series_device ON series (device);
    CREATE TABLE IF NOT EXISTS vitals (
      series INTEGER NOT NULL, t INTEGER NOT NULL, received INTEGER, quality TEXT, PRIMARY KEY (series, t)
    ) WITHOUT ROWID;
    -- longest: microseconds from the first to the last value of the longest chunk, so that a range finds chunks
    -- that began before it without looking at all of them.
    CREATE TABLE IF NOT EXISTS traces (
      id INTEGER PRIMARY KEY, series INTEGER NOT NULL, signal TEXT NOT NULL, longest INTEGER NOT NULL,
      UNIQUE (series, signal)
    );
    -- 64-bit floats in the machine's byte order, which is little endian wherever Node runs.
    -- A higher id was written later: it wins where chunks overlap, as the later point does in InfluxDB.
    CREATE TABLE IF NOT EXISTS chunks (
      id INTEGER PRIMARY KEY, trace INTEGER NOT NULL, t INTEGER NOT NULL, rate_hz REAL NOT NULL,
      size INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (trace, t, rate_hz, size)
    );
    CREATE TABLE IF NOT EXISTS alarms (
      cursor TEXT PRIMARY KEY, at INTEGER NOT NULL, patient TEXT, device TEXT NOT NULL, event TEXT NOT NULL,
      alarm TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS alarms_patient ON alarms (patient, at);
    CREATE TABLE IF NOT EXISTS device_status (
      device TEXT NOT NULL, t INTEGER NOT NULL, battery_percent REAL, worn INTEGER, charging INTEGER,
      PRIMARY KEY (device, t)
    ) WITHOUT ROWID;
    PRAGMA user_version = ${FORMAT};
    COMMIT;
  `);
  const present = new Set(
    db
      .prepare('PRAGMA table_info(vitals)')
      .all()
      .map(({ name }) => String(name)),
  );
  for (const vital of VITAL_NAMES) {
    if (!present.has(vital)) db.exec(`ALTER TABLE vitals ADD COLUMN "${vital}" REAL`);
  }
}
