/**
 * What version 1 did not know of an alarm, with `alarm` as the path of the alarm in `column`: when it ended (then the same as
 * cleared), and what people did about it. Only physiological alarms have a cause, and limits were the only one. What is
 * there already stays: versions in between wrote all of it.
 */
function withLife(column: string, alarm: string): string {
  const of = (field: string): string => `json_extract(${column}, '${alarm}.${field}')`;
  const life = `json_insert(${column},
    '${alarm}.ended', ${of('cleared')},
    '${alarm}.raised_at', ${of('onset')},
    '${alarm}.alerted_at', ${of('onset')},
    '${alarm}.circle', 'ward',
    '${alarm}.escalated_at', NULL,
    '${alarm}.received_at', NULL,
    '${alarm}.unattended', json('false'),
    '${alarm}.shelved_until', NULL,
    '${alarm}.first_acknowledged_at', ${of('acknowledged_at')})`;
  return `CASE ${of('kind')} WHEN 'physiological' THEN json_insert(${life}, '${alarm}.cause', 'limit') ELSE ${life} END`;
}

/**
 * Schema of `alarms.db`. `events` is the log; `alarms` the newest state of each alarm, written with its event.
 * `deliveries` is who was sent which alarm, each time it began to wait for a person (`alerted`).
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
  `
  UPDATE alarms SET alarm = ${withLife('alarm', '$')} WHERE json_type(alarm, '$.raised_at') IS NULL;
  UPDATE events SET event = ${withLife('event', '$.alarm')} WHERE json_type(event, '$.alarm.raised_at') IS NULL;
  `,
  `
  ALTER TABLE events ADD COLUMN patient TEXT;
  UPDATE events SET patient = event ->> '$.alarm.patient';
  CREATE INDEX events_of_patient ON events (patient, logged);
  `,
  `
  CREATE TABLE deliveries (
    alarm TEXT NOT NULL,
    clinician TEXT NOT NULL,
    alerted INTEGER NOT NULL,
    sent INTEGER,
    received INTEGER,
    acknowledged INTEGER,
    PRIMARY KEY (alarm, clinician, alerted)
  ) STRICT, WITHOUT ROWID;
  `,
];
