import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import type { CodedError } from '../../src/core/coded-error.ts';
import { AlarmRecovery } from '../../src/ingest/alarm-recovery.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { LoggedAlarmEvent } from '../../src/model/alarm.ts';
import type { Cursor } from '../../src/model/ids.ts';
import { cleared, raised } from '../support/alarms.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';

async function world(t: Test) {
  const directory = t.testdir();
  const clock = manualClock();
  const onError = (error: Error): void => {
    t.fail(error.message, { found: error });
  };
  const alarms = join(directory, 'alarms.db');
  const openJournal = () =>
    openSqliteJournal({ path: join(directory, 'journal.db'), maxPendingBytes: 2 ** 20, clock });
  const openBus = () => openEmbeddedBus({ path: alarms, clock, onError });
  const recover = (
    journal: Awaited<ReturnType<typeof openJournal>>,
    bus: Awaited<ReturnType<typeof openBus>>,
  ) => AlarmRecovery.open({ journal, bus, clock, onError });
  /** As if the process had died before these were on disk. */
  const forget = (...cursors: Cursor[]): void => {
    using database = new DatabaseSync(alarms);
    for (const cursor of cursors) {
      database.prepare('DELETE FROM events WHERE cursor = ?').run(Number(cursor));
      database.prepare('DELETE FROM alarms WHERE cursor = ?').run(Number(cursor));
    }
  };
  return { clock, openJournal, openBus, recover, forget };
}

const eventsOf = async (
  bus: Awaited<ReturnType<typeof openEmbeddedBus>>,
): Promise<readonly LoggedAlarmEvent[]> => (await bus.alarmsAfter(null, 100)).events;

t.test(
  'what was relayed and journaled before a crash is in the alarm log after it, under its own cursor',
  async (t) => {
    const { openJournal, openBus, recover, forget } = await world(t);
    const published: LoggedAlarmEvent[] = [];
    {
      await using journal = await openJournal();
      await using bus = await openBus();
      await using _recovery = await recover(journal, bus);
      for (const event of [raised(10), raised(20), cleared(10, 30), raised(40)]) {
        const logged = bus.publishAlarm(event);
        published.push(logged);
        await journal.append({ kind: 'alarm', event: logged });
      }
      await bus.flushed();
    }
    const [first, second, third, fourth] = published;
    forget(third!.cursor, fourth!.cursor);
    // The journal's place was moved by the orderly end above: a crash would not have moved it.
    await using journal = await openJournal();
    await using bus = await openBus();
    t.same(
      (await bus.liveAlarms()).map(({ onset }) => onset),
      [20],
      'the alarm log alone has lost two events',
    );
    await bus.takeUp(published);
    t.same(await eventsOf(bus), [first, second, third, fourth]);
    t.same(
      (await bus.liveAlarms()).map(({ onset }) => onset),
      [40, 20],
    );
    const page = await bus.alarmsAfter(third!.cursor, 10);
    t.same(page, { events: [fourth], gap: false, complete: true }, 'who had heard of it goes on from there');
    await bus.takeUp(published);
    t.same(await eventsOf(bus), published, 'taking up twice changes nothing');
    t.ok(Number(bus.publishAlarm(raised(50)).cursor) > Number(fourth!.cursor));
    t.equal(journal.stats().failed, false);
  },
);

t.test('the journal keeps what the alarm log may lack, and no more', async (t) => {
  const { clock, openJournal, openBus, recover, forget } = await world(t);
  let lost: LoggedAlarmEvent;
  {
    await using journal = await openJournal();
    await using bus = await openBus();
    const recovery = await recover(journal, bus);
    await journal.append({ kind: 'alarm', event: bus.publishAlarm(raised(10)) });
    t.equal(journal.stats().unread.alarm_log, 1);
    clock.advance(1_000);
    await eventually(() => journal.stats().unread.alarm_log === 0);
    lost = bus.publishAlarm(raised(20));
    await journal.append({ kind: 'alarm', event: lost });
    t.equal(journal.stats().unread.alarm_log, 1, 'until the alarm log is known to have it');
    await bus.flushed();
    t.teardown(() => recovery[Symbol.asyncDispose]());
  }
  forget(lost.cursor);
  await using journal = await openJournal();
  await using bus = await openBus();
  await using _recovery = await recover(journal, bus);
  t.same(
    (await eventsOf(bus)).map(({ at }) => at),
    [10, 20],
  );
  t.equal(journal.stats().unread.alarm_log, 0);
});

t.test('the journal keeps what an alarm log does not take, for an hour', async (t) => {
  const { clock, openJournal, openBus, recover } = await world(t);
  await using journal = await openJournal();
  await using bus = await openBus();
  await using _recovery = await recover(journal, bus);
  let taken = false;
  bus.flushed = async () => {
    if (!taken) throw new Error('no space');
  };
  const unread = async (): Promise<number> => {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return journal.stats().unread.alarm_log ?? 0;
  };
  await journal.append({ kind: 'alarm', event: bus.publishAlarm(raised(10)) });
  t.equal(await unread(), 1);
  taken = true;
  await eventually(async () => (await unread()) === 0);
  taken = false;
  await journal.append({ kind: 'alarm', event: bus.publishAlarm(raised(20)) });
  t.equal(await unread(), 1);
  clock.advance(3_600_000);
  await eventually(async () => (await unread()) === 0);
});

for (const mended of [true, false])
  t.test(
    `what an alarm log does not take at the start ${mended ? 'it is given later' : 'is given up after an hour'}`,
    async (t) => {
      const { clock, openJournal, openBus, forget } = await world(t);
      let lost: LoggedAlarmEvent;
      {
        await using journal = await openJournal();
        await using bus = await openBus();
        journal.reader('alarm_log');
        lost = bus.publishAlarm(raised(10));
        await journal.append({ kind: 'alarm', event: lost });
        await bus.flushed();
      }
      forget(lost.cursor);
      await using journal = await openJournal();
      await using bus = await openBus();
      const { takeUp } = bus;
      bus.takeUp = async () => {
        throw new Error('no space');
      };
      const told: string[] = [];
      const onError = (error: CodedError): void => void told.push(error.code);
      await using _recovery = await AlarmRecovery.open({ journal, bus, clock, onError });
      await journal.append({ kind: 'alarm', event: bus.publishAlarm(raised(20)) });
      await bus.flushed();
      const unread = async (): Promise<number> => {
        clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 10));
        return journal.stats().unread.alarm_log ?? 0;
      };
      for (let second = 0; second < 3; second++) t.equal(await unread(), 2, 'the journal keeps it');
      t.same(told, ['alarm_recovery_failed']);
      if (mended) bus.takeUp = takeUp;
      else clock.advance(3_600_000);
      await eventually(async () => (await unread()) === 0);
      const found = (await eventsOf(bus)).map(({ at }) => at);
      t.same(found, mended ? [10, 20] : [20]);
      t.equal(told.length, mended ? 1 : 2, 'it is told that it was given up');
    },
  );

const late = (): Promise<'late'> => new Promise((resolve) => setTimeout(() => resolve('late'), 1_500));

/** Another process that writes to the journal's file: no commit is answered. */
async function stalledWorld(t: Test) {
  const directory = t.testdir();
  const clock = manualClock();
  const onError = (error: Error): void => {
    t.fail(error.message, { found: error });
  };
  const path = join(directory, 'journal.db');
  const stalls = { stallMs: 20, closeTimeoutMs: 20 };
  const journal = await openSqliteJournal({ path, maxPendingBytes: 2 ** 20, clock, ...stalls });
  const bus = await openEmbeddedBus({ path: join(directory, 'alarms.db'), clock, onError });
  const other = new DatabaseSync(path);
  t.teardown(async () => {
    other.close();
    await bus[Symbol.asyncDispose]();
    await journal[Symbol.asyncDispose]();
  });
  await journal.append({ kind: 'alarm', event: bus.publishAlarm(raised(10)) });
  return { journal, clock, open: () => AlarmRecovery.open({ journal, bus, clock, onError }), other };
}

t.test('a journal that takes nothing does not keep the server from starting', async (t) => {
  const { journal, open, other } = await stalledWorld(t);
  journal.reader('alarm_log');
  await eventually(() => journal.stats().unread.alarm_log === 1);
  other.exec('BEGIN IMMEDIATE');
  const recovery = await Promise.race([open(), late()]);
  t.not(recovery, 'late');
});

for (const [when, stopsBefore] of [
  ['that has been so for a while', false],
  ['that comes to be so during the stop', true],
] as const)
  t.test(`nor from stopping: one ${when}`, async (t) => {
    const { journal, clock, open, other } = await stalledWorld(t);
    const recovery = await open();
    await journal.append({ kind: 'alarm', event: { ...raised(20), cursor: '1' as Cursor } });
    other.exec('BEGIN IMMEDIATE');
    clock.advance(1_000);
    const stalled = eventually(() => journal.condition === 'stalled');
    if (!stopsBefore) await stalled;
    t.equal(await Promise.race([recovery[Symbol.asyncDispose](), late()]), undefined);
    await stalled;
  });
