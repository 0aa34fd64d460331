import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { ALARM_LOG_MIGRATIONS } from '../../src/bus/alarm-log-schema.ts';
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { systemClock } from '../../src/core/clock.ts';

const COMMON = { patient: 'P1', device: 'D1', onset: 5_000 };
const SEEN = { acknowledged_by: 'nurse-1', acknowledged_at: 7_000 };
/** Alarms as version 1 wrote them: one that is over, one that was seen, one of the measurement. */
const WRITTEN = [
  {
    ...{ ...COMMON, id: 'P1:spo2:low:5000', kind: 'physiological', vital: 'spo2', direction: 'low' },
    ...{ priority: 'medium', threshold: 90, value: 86, breached_since: 0, retrospective: false },
    ...{ presence: 'off', cleared: 9_000, acknowledged_by: null, acknowledged_at: null },
  },
  {
    ...{ ...COMMON, id: 'P1:heart_rate:high:5000', kind: 'physiological', vital: 'heart_rate' },
    ...{ direction: 'high', priority: 'high', threshold: 150, value: 160, breached_since: 2_000 },
    ...{ retrospective: false, presence: 'ack', cleared: null, ...SEEN },
  },
  {
    ...{ ...COMMON, id: 'P1:D1:device_offline::5000', kind: 'technical', condition: 'device_offline' },
    ...{ vital: null, last_value_at: 1_000, priority: 'low', presence: 'on', cleared: null },
    ...{ acknowledged_by: null, acknowledged_at: null },
  },
];
const LIFE = {
  ...{ raised_at: 5_000, alerted_at: 5_000, circle: 'ward', escalated_at: null, received_at: null },
  ...{ unattended: false, shelved_until: null },
};
const EXPECTED = [
  { ...WRITTEN[0], ...LIFE, cause: 'limit', ended: 9_000, first_acknowledged_at: null },
  { ...WRITTEN[1], ...LIFE, cause: 'limit', ended: null, first_acknowledged_at: 7_000 },
  { ...WRITTEN[2], ...LIFE, ended: null, first_acknowledged_at: null },
];

t.test(
  'alarms and events that the first version wrote get the life that is told of alarms now',
  async (t) => {
    const path = join(t.testdir(), 'data', 'alarms.db');
    mkdirSync(dirname(path));
    const database = new DatabaseSync(path);
    database.exec(`${ALARM_LOG_MIGRATIONS[0]}; PRAGMA user_version = 1`);
    const newer = { ...EXPECTED[1], id: 'P1:spo2:low:6000', circle: 'on_duty', raised_at: 8_000 };
    for (const [i, alarm] of [...WRITTEN, newer].entries()) {
      const { id, patient, onset, cleared, presence } = alarm as (typeof WRITTEN)[0];
      const event = { event: 'raised', at: onset, alarm, cursor: String(i + 1) };
      database.prepare('INSERT INTO events VALUES (?, ?, ?)').run(i + 1, Date.now(), JSON.stringify(event));
      database
        .prepare('INSERT INTO alarms VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(id, patient, onset, cleared, presence, i + 1, JSON.stringify(alarm));
    }
    database.close();

    await using bus = await openEmbeddedBus({
      path,
      clock: systemClock(),
      onError: (error) => {
        throw error;
      },
    });
    const { events } = await bus.alarmsAfter(null, 10);
    t.strictSame(
      events.map(({ alarm }) => alarm),
      [...EXPECTED, newer],
    );
    t.strictSame(
      events.map(({ event, at, cursor }) => [event, at, cursor]),
      [1, 2, 3, 4].map((cursor) => ['raised', 5_000, String(cursor)]),
      'the rest of an event stays as it was',
    );
    const live = await bus.liveAlarms();
    t.strictSame(
      new Set(live.map(({ id }) => id)),
      new Set([...WRITTEN.slice(1).map(({ id }) => id), newer.id]),
    );
    t.strictSame(await bus.alarm(live.find(({ kind }) => kind === 'technical')!.id), EXPECTED[2]);
  },
);

t.test('a disk that takes no write keeps the log from being opened, and the file is named', async (t) => {
  const path = join(t.testdir(), 'alarms.db');
  const open = () => openEmbeddedBus({ path, clock: systemClock(), onError: t.error });
  {
    await using _bus = await open();
  }
  {
    using database = new DatabaseSync(path);
    database.exec(
      "CREATE TRIGGER broken BEFORE UPDATE ON state BEGIN SELECT RAISE(FAIL, 'disk I/O error'); END",
    );
  }
  await t.rejects(open(), { code: 'database_unavailable', message: /alarms\.db.*disk I\/O error/ });
});
