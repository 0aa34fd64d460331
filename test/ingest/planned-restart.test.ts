import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import { openAlarmDesk } from '../../src/app-alarms.ts';
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { LoggedAlarmEvent } from '../../src/model/alarm.ts';
import { A1, feedWorld } from '../support/feed-world.ts';

/** A patient's desk that can be stopped and started again, in order or by a crash. */
async function restartable(t: Test) {
  const { registry, clock } = await feedWorld(t);
  const directory = t.testdir();
  const [stateFile, path] = [join(directory, 'alarm-state.json'), join(directory, 'log.db')];
  const onError = (error: Error): void => {
    throw error;
  };
  const problems: string[] = [];
  const device = registry.devicesOf(A1, clock.now())[0]!;
  const journal = await openSqliteJournal({
    path: join(directory, 'journal.db'),
    maxPendingBytes: 2 ** 20,
    clock,
  });
  t.teardown(() => journal[Symbol.asyncDispose]());
  const start = async () => {
    const bus = await openEmbeddedBus({ path, clock, onError });
    const events: LoggedAlarmEvent[] = [];
    bus.subscribe({ alarm: (event) => void events.push(event) });
    const opened = await openAlarmDesk({
      ...{ registry, bus, journal, clock, stateFile, times: DEFAULT_RESPONSE_TIMES },
      liveAlarms: await bus.liveAlarms(),
      report: ({ code }) => void problems.push(code),
    });
    return {
      events,
      bus,
      /** SpO2 each second, for so long. */
      feel(spo2: number, seconds: number): void {
        for (let s = 0; s < seconds; s++) {
          clock.advance(1_000);
          const now = clock.now();
          opened.desk.evaluate({ device, patient: A1, samples: [{ t: now, spo2 }], received: now, skew: 0 });
          opened.desk.sweep(now);
        }
      },
      sweep: () => opened.desk.sweep(clock.now()),
      told: () => events.splice(0).map(({ event, alarm }) => `${event} ${alarm.kind} ${alarm.priority}`),
      /** In order, or as after a kill, when nobody wrote anything down. */
      async stop(inOrder = true): Promise<void> {
        if (inOrder) await opened[Symbol.asyncDispose]();
        else opened.desk[Symbol.dispose]();
        await bus[Symbol.asyncDispose]();
      },
    };
  };
  return { clock, stateFile, problems, start };
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

t.test('a running delay goes on over a planned restart, and the file counts once', async (t) => {
  const { clock, stateFile, problems, start } = await restartable(t);
  const first = await start();
  first.feel(85, 10);
  await first.stop();
  t.equal(statSync(stateFile).mode & 0o777, 0o600);

  clock.advance(4_000);
  const second = await start();
  t.notOk(isThere(stateFile), 'taken up, and gone');
  second.feel(85, 1);
  t.same(second.told(), [], '14 s since the first breach');
  second.feel(85, 1);
  t.same(second.told(), ['raised physiological medium'], 'at 15 s');
  await second.stop(false);
  t.notOk(isThere(stateFile));

  const third = await start();
  third.feel(85, 30);
  t.same(
    third.told().filter((event) => event !== 'unattended physiological medium'),
    [],
    'not raised again',
  );
  await third.stop();
  t.same(problems, []);
});

t.test("the time of the restart is nobody's silence, but who stays away is missed", async (t) => {
  const { clock, start } = await restartable(t);
  const first = await start();
  first.feel(97, 20);
  await first.stop();
  clock.advance(200_000);
  const second = await start();
  clock.advance(29_000);
  second.sweep();
  t.same(second.told(), []);
  clock.advance(11_000);
  second.sweep();
  const missed = second.events.map(({ alarm }) => alarm.kind === 'technical' && alarm.condition);
  t.ok(missed.includes('device_offline'));
  await second.stop();
});

t.test('what is not of the newest event, too old, or no such file, is left to the log', async (t) => {
  const { clock, stateFile, problems, start } = await restartable(t);
  const first = await start();
  first.feel(85, 17);
  t.same(first.told(), ['raised physiological medium']);
  await first.stop();
  const left = readFileSync(stateFile);

  // A process that ran in between, and was killed, logged more.
  const second = await start();
  second.feel(97, 10);
  t.same(second.told(), ['cleared physiological medium']);
  await second.bus.flushed();
  await second.stop(false);
  writeFileSync(stateFile, left);
  const third = await start();
  third.feel(85, 10);
  t.same(third.told(), [], 'the alarm that was over is not live again, and the delay began anew');
  await third.stop();

  clock.advance(600_000);
  const fourth = await start();
  t.notOk(isThere(stateFile));
  fourth.feel(85, 10);
  t.same(
    fourth.told().filter((event) => event.includes('physiological')),
    [],
  );
  await fourth.stop(false);

  const { states, ...rest } = JSON.parse(left.toString());
  const newest = await start();
  const broken = JSON.stringify({
    ...{ ...rest, cursor: newest.bus.newestCursor(), written: clock.now() },
    states: [{ ...states[0], state: { ...states[0].state, devices: 3 } }],
  });
  await newest.stop(false);
  for (const content of ['{"cursor":1}', left.toString().slice(0, 900), broken]) {
    writeFileSync(stateFile, content);
    await (await start()).stop(false);
    t.notOk(isThere(stateFile));
  }
  t.same(problems, Array(3).fill('alarm_state_unreadable'));
});

t.test('states of another release are left to the log', async (t) => {
  const { stateFile, problems, start } = await restartable(t);
  const first = await start();
  first.feel(85, 17);
  await first.stop();
  writeFileSync(stateFile, readFileSync(stateFile, 'utf8').replace(/"version":\d+/, '"version":0'));
  const second = await start();
  second.feel(97, 4);
  t.same(second.told(), []);
  second.feel(97, 3);
  t.same(second.told(), ['cleared physiological medium'], 'as the log has it');
  await second.stop(false);
  t.same(problems, []);
});
