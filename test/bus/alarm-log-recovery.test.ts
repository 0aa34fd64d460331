import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { type EmbeddedBus, openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { systemClock } from '../../src/core/clock.ts';
import { raised } from '../support/alarms.ts';
import { eventually } from '../support/eventually.ts';

/** SQLite's own ways to refuse an insert, as a full disk (SQLITE_FULL) or a broken one would; others see to it that it does. */
const REFUSALS = {
  full: `CREATE TABLE brim (n INTEGER PRIMARY KEY AUTOINCREMENT);
    INSERT INTO brim VALUES (9223372036854775807);
    CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN INSERT INTO brim VALUES (NULL); END`,
  broken: `CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END`,
};

async function world(t: Test, retryMs = 5) {
  const path = join(t.testdir(), 'alarms.db');
  const told: string[] = [];
  const bus = await openEmbeddedBus({
    ...{ path, clock: systemClock(), retryMs },
    onError: ({ code }) => void told.push(code),
  });
  t.teardown(() => bus[Symbol.asyncDispose]());
  const other = new DatabaseSync(path, { timeout: 5_000 });
  t.teardown(() => other.close());
  const logged = (): readonly unknown[] => other.prepare('SELECT event FROM events ORDER BY cursor').all();
  return { bus, other, told, logged };
}

const onsets = async (bus: EmbeddedBus) => (await bus.alarmsAfter(null, 100)).events.map(({ at }) => at);

for (const [what, code] of [
  ['full', 'alarm_log_disk_full'],
  ['broken', 'alarm_log_failed'],
] as const) {
  t.test(
    `alarms that a ${what} disk refuses are relayed, shown, and written when it takes them again`,
    async (t) => {
      const { bus, other, told, logged } = await world(t);
      const heard: number[] = [];
      bus.subscribe({ alarm: ({ at }) => void heard.push(at) });
      bus.publishAlarm(raised(1));
      await bus.flushed();
      other.exec(REFUSALS[what]);
      bus.publishAlarm(raised(2));
      await t.rejects(bus.flushed(), { code });
      t.equal(bus.healthy, false);
      bus.publishAlarm(raised(3));
      await t.rejects(bus.flushed(), { code }, 'nobody waits for what may take hours');
      t.same(heard, [1, 2, 3]);
      t.same(await onsets(bus), [1, 2, 3]);
      t.equal(logged().length, 1);
      other.exec('DROP TRIGGER refuse');
      await eventually(() => bus.healthy);
      await bus.flushed();
      bus.publishAlarm(raised(4));
      await bus.flushed();
      t.equal(logged().length, 4);
      t.same(await onsets(bus), [1, 2, 3, 4]);
      t.same(told, [code], 'told once');
    },
  );
}

t.test('a log whose disk stays full does not hold up the end of the process', async (t) => {
  const { bus, other, logged } = await world(t, 60_000);
  other.exec(REFUSALS.full);
  bus.publishAlarm(raised(1));
  await t.rejects(bus.flushed(), { code: 'alarm_log_disk_full' });
  await bus[Symbol.asyncDispose]();
  t.equal(logged().length, 0);
});
