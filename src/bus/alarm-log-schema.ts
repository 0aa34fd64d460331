/**
 * Schema of `alarms.db`. `events` is the log; `alarms` the newest state of each alarm, written with its event.
 * `state.trimmed` is the highest cursor that is no longer kept, `state.epoch` the number of times the log was opened.
 */
export const ALARM_LOG_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    cursor INTEGER PRIMARY KEY,
    logged INTEGER NOT NULL,
    event TEXT NOT NULL
  ) STRICT;

  CREATE TABLE alarms (
    id TEXT PRIMARY KEY,
    patient TEXT,
    onset INTEGER NOT NULL,
    cleared INTEGER,
    presence TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    alarm TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alarms_of_patient ON alarms (patient, onset, cleared);
  CREATE INDEX alarms_live ON alarms (onset) WHERE presence <> 'off';
  CREATE INDEX alarms_over ON alarms (cursor) WHERE presence = 'off';

  CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL,
    trimmed INTEGER NOT NULL
  ) STRICT;
  INSERT INTO state VALUES (1, 0, 0);
  `,
];
