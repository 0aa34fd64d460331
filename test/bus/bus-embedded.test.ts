import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { openEmbeddedBus } from '../../src/bus/bus-embedded.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { Cursor } from '../../src/model/ids.ts';
import { type BusWorldOptions, busContract } from '../contracts/bus-contract.ts';
import { cleared, raised } from '../support/alarms.ts';

const CHILD = fileURLToPath(new URL('./publishing-child.ts', import.meta.url));
const DAY_MS = 24 * 60 * 60 * 1000;
const pathIn = (t: Test): string => join(t.testdir(), 'data', 'alarms.db');

const open = (path: string, { onError, maxEvents }: BusWorldOptions = {}, clock: Clock = systemClock()) =>
  openEmbeddedBus({
    path,
    clock,
    onError:
      onError ??
      ((error) => {
        throw error;
      }),
    retention: { maxEvents: maxEvents ?? 10_000, maxAgeMs: 90 * DAY_MS },
  });

t.test('contract', async (t) => {
  busContract(t, async (t) => {
    const path = pathIn(t);
    return { open: (options) => open(path, options) };
  });
});

t.test('kill -9: what was flushed is there once, and no cursor is ever given again', async (t) => {
  const path = pathIn(t);
  const given = new Set<Cursor>();
  for (const count of [1, 500, 1_500]) {
    const child = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += chunk;
      if (said.split('\n').length > count && said.includes('f ')) child.kill('SIGKILL');
    }
    const lines = said.split('\n').slice(0, -1);
    const cursors = lines.filter((line) => /^\d+$/.test(line)) as Cursor[];
    const flushedTo = Number(
      lines
        .filter((line) => line.startsWith('f '))
        .at(-1)
        ?.slice(2),
    );
    t.notOk(
      cursors.some((cursor) => given.has(cursor)),
      'no cursor of an earlier life',
    );
    for (const cursor of cursors) given.add(cursor);
    await using bus = await open(path);
    t.notOk(given.has(bus.publishAlarm(raised(0)).cursor));
    const logged = (await bus.alarmsAfter(null, 100_000)).events.map(({ cursor }) => cursor);
    t.equal(new Set(logged).size, logged.length, 'none doubled');
    const missing = cursors.filter((cursor) => Number(cursor) <= flushedTo && !logged.includes(cursor));
    t.same(missing, [], 'none lost that was said to be on disk');
  }
});

t.test(
  'when the disk refuses, alarms are relayed on, the failure is told and memory is bounded',
  async (t) => {
    const path = pathIn(t);
    // A real limit of the operating system: writes beyond 400 KiB a file fail. The test runner's hooks would die of
    // the signal that comes with it.
    const limited = 'unset NODE_OPTIONS; ulimit -f 400; exec "$0" "$@"';
    const child = spawn('bash', ['-c', limited, process.execPath, CHILD, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = (await text(child.stdout)).trimEnd().split('\n');
    t.same(
      lines.filter((line) => !/^(f )?\d+$/.test(line)),
      [
        'error alarm_log_failed',
        'error alarm_events_lost',
        'relayed true',
        'flushed alarm_log_failed',
        'in memory 2000 gap true healthy false',
        'live true',
      ],
    );
    await using bus = await open(path);
    const logged = (await bus.alarmsAfter(null, 100_000)).events.map(({ cursor }) => cursor);
    const flushedTo = Number(
      lines
        .filter((line) => line.startsWith('f '))
        .at(-1)
        ?.slice(2),
    );
    t.ok(Number(logged.at(-1)) >= flushedTo);
  },
);

t.test('events past their age go, live alarms stay', async (t) => {
  const path = pathIn(t);
  let now = 1_700_000_000_000;
  const clock: Clock = { ...systemClock(), now: () => now };
  {
    await using bus = await open(path, {}, clock);
    bus.publishAlarm(raised(1));
    bus.publishAlarm(raised(2));
    bus.publishAlarm(cleared(2, 3));
    await bus.flushed();
    now += 60 * DAY_MS;
    bus.publishAlarm(raised(4));
  }
  now += 31 * DAY_MS;
  await using bus = await open(path, {}, clock);
  const { events } = await bus.alarmsAfter(null, 10);
  t.same(
    events.map(({ at }) => at),
    [4],
  );
  t.same(
    (await bus.liveAlarms()).map(({ onset }) => onset),
    [4, 1],
  );
});

t.test('an event that cannot be read is refused by cursor', async (t) => {
  const path = pathIn(t);
  let cursor: string;
  {
    await using bus = await open(path);
    cursor = bus.publishAlarm(raised(1)).cursor;
  }
  const database = new DatabaseSync(path);
  database.exec("UPDATE events SET event = '{'");
  database.close();
  await using bus = await open(path);
  await t.rejects(bus.alarmsAfter(null, 10), {
    code: 'alarm_log_corrupt',
    message: new RegExp(cursor),
  });
});

t.test('the folder is 0700 and every file 0600', async (t) => {
  const path = pathIn(t);
  await using bus = await open(path);
  bus.publishAlarm(raised(1));
  await bus.flushed();
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  for (const file of [path, `${path}-wal`]) t.equal(statSync(file).mode & 0o777, 0o600, file);
});

t.test('a database of a newer release is refused', async (t) => {
  const path = pathIn(t);
  await (await open(path))[Symbol.asyncDispose]();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await t.rejects(open(path), { code: 'schema_too_new' });
});
