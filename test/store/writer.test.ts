import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { DeviceId, PatientId, StreamId } from '../../src/model/ids.ts';
import type { VitalsRecord } from '../../src/model/record.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Point } from '../../src/store/point.ts';
import { influxStore } from '../../src/store/store-influxdb.ts';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import type { TelemetryStore } from '../../src/store/telemetry-store.ts';
import { startWriter, type Writer, type WriterOptions } from '../../src/store/writer.ts';
import type { WriterStatus } from '../../src/store/writer-status.ts';
import { influxdMissing, startInfluxd } from '../support/influxd.ts';

const missing = influxdMissing();
const T0 = Date.UTC(2026, 2, 14, 9);
const DEVICE = 'watch-1' as DeviceId;
const PATIENT = 'patient-1' as PatientId;
const clock = systemClock();

function frame(
  seq: number,
  samples: readonly Sample[] = [{ t: T0 + seq * 1_000, heart_rate: seq }],
): VitalsRecord {
  return {
    kind: 'vitals',
    device: DEVICE,
    stream: '0b1c3a52-7a3e-4c7e-9d57-2a8f6c1e4b90' as StreamId,
    seq,
    received: T0 + seq * 1_000,
    skew: 0,
    parts: [{ patient: PATIENT, samples }],
  };
}

const openJournal = (t: Test): Promise<Journal> =>
  openSqliteJournal({ path: join(t.testdir(), 'journal.db'), maxPendingBytes: 64 * 2 ** 20 });

interface Running {
  readonly writer: Writer;
  readonly quarantined: { readonly point: Point; readonly cursor: number }[];
  readonly told: WriterStatus[];
}

function run(journal: Journal, store: TelemetryStore, more: Partial<WriterOptions> = {}): Running {
  const quarantined: { point: Point; cursor: number }[] = [];
  const told: WriterStatus[] = [];
  const writer = startWriter({
    journal,
    store,
    clock,
    lingerMs: 5,
    retry: { baseMs: 10, capMs: 50 },
    deniedRetryMs: 50,
    quarantine: async (point) => {
      quarantined.push({ point, cursor: journal.stats().unread.store ?? 0 });
    },
    onState: (status) => told.push(status),
    ...more,
  });
  return { writer, quarantined, told };
}

const stored = (store: TelemetryStore) =>
  store.values({ subject: { patient: PATIENT }, vital: 'heart_rate', from: 0, to: T0 * 2, limit: 1_000_000 });

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 20_000) throw new Error(`waited in vain until ${what}`);
    await delay(10);
  }
}

t.test('carries everything, in order, and again nothing after a restart', async (t) => {
  await using journal = await openJournal(t);
  await using store = sqliteStore({ path: join(t.testdir(), 'telemetry.db') });
  for (let seq = 1; seq <= 500; seq++) journal.append(frame(seq)).catch(t.error);
  await journal.append(frame(501));
  {
    await using running = withDispose(run(journal, store, { batchSize: { first: 64, least: 8 } }));
    await running.writer.drained();
    t.strictSame(
      (await stored(store)).map(({ value }) => value),
      Array.from({ length: 501 }, (_, index) => index + 1),
    );
    t.match(running.writer.status(), {
      unreadBatches: 0,
      lagMs: 0,
      oldestUnwritten: null,
      written: 501,
      lastError: null,
    });
    t.strictSame(running.told, [], 'no news is good news');
  }
  await using again = withDispose(run(journal, store));
  await again.writer.drained();
  t.equal(again.writer.status().written, 0);
  await journal.append(frame(502));
  await again.writer.drained();
  t.equal(again.writer.status().written, 1);
});

t.test('with InfluxDB', { skip: missing }, async (t) => {
  const influxd = await startInfluxd();
  t.teardown(() => influxd[Symbol.asyncDispose]());

  t.test('loses nothing and keeps the order while the server is killed, restarted and hangs', async (t) => {
    await using journal = await openJournal(t);
    await using store = influxStore({ url: influxd.url, version: 1, database: 'killed', timeoutMs: 500 });
    await using running = withDispose(run(journal, store, { batchSize: { first: 300, least: 20 } }));
    const { writer, told } = running;
    let seq = 0;
    const feed = async (frames: number): Promise<void> => {
      for (let fed = 0; fed < frames; fed += 20) {
        const appended = Array.from({ length: 20 }, () => journal.append(frame(++seq)));
        await Promise.all(appended);
        await delay(2);
      }
    };
    await feed(1_000);
    const killing = influxd.kill();
    await feed(1_000);
    await killing;
    await until(() => writer.status().state === 'retrying', 'the writer retries');
    t.match(writer.status(), { lastError: { code: 'store_transient' } });
    t.ok(writer.status().unreadBatches > 0);
    t.ok(writer.status().lagMs > 0);
    await influxd.restart();
    await feed(500);
    influxd.hang();
    await feed(500);
    await delay(700);
    influxd.resume();
    await feed(500);
    await writer.drained();
    t.strictSame(
      (await stored(store)).map(({ value }) => value),
      Array.from({ length: seq }, (_, index) => index + 1),
    );
    t.equal(await store.countSamples(DEVICE, 0, T0 * 2), seq);
    t.match(writer.status(), { lastError: null, unreadBatches: 0, quarantined: 0 });
    t.ok(told.some(({ state }) => state === 'retrying'));
    t.equal(told.at(-1)?.lastError, null, 'the recovery is told');
  });

  t.test('sets aside exactly the points that the server refuses, before the cursor moves', async (t) => {
    await using journal = await openJournal(t);
    await using store = influxStore({ url: influxd.url, version: 1, database: 'refused' });
    await store.open();
    // spo2 is text here for that week: every moment with an SpO2 is refused, as 1.x refuses whole lines.
    const typed = `vitals,device=${DEVICE},patient=${PATIENT} spo2="text" ${T0}000000`;
    t.equal(await influxd.post('/write?db=refused', typed), 204);
    const bad = [17, 18, 400, 1_000];
    for (let seq = 1; seq < 1_000; seq++) {
      const sample = { t: T0 + seq * 1_000, heart_rate: seq };
      journal.append(frame(seq, [bad.includes(seq) ? { ...sample, spo2: 97 } : sample])).catch(t.error);
    }
    await journal.append(frame(1_000, [{ t: T0 + 1_000_000, heart_rate: 1_000, spo2: 97 }]));
    await using running = withDispose(run(journal, store));
    await running.writer.drained();
    t.strictSame(
      running.quarantined.map(({ point }) =>
        point.measurement === 'vitals' ? point.values.heart_rate : null,
      ),
      bad,
    );
    t.ok(running.quarantined.every(({ cursor }) => cursor > 0));
    const values = (await stored(store)).map(({ value }) => value);
    t.strictSame(
      values,
      Array.from({ length: 1_000 }, (_, index) => index + 1).filter((value) => !bad.includes(value)),
    );
    t.match(running.writer.status(), { quarantined: 4, written: 996, lastError: null });
  });

  t.test('is loud while denied, keeps everything, and heals without a restart', async (t) => {
    await influxd.query("CREATE USER root WITH PASSWORD 'old' WITH ALL PRIVILEGES");
    await influxd.restart({ auth: true });
    await using journal = await openJournal(t);
    await using store = influxStore({
      url: influxd.url,
      version: 1,
      database: 'denied',
      username: 'root',
      password: 'new',
    });
    await journal.append(frame(1));
    await using running = withDispose(run(journal, store));
    await until(() => running.writer.status().state === 'denied', 'the writer is denied');
    t.match(running.told.at(-1), { state: 'denied', lastError: { code: 'store_denied' } });
    await journal.append(frame(2));
    t.ok(running.writer.status().unreadBatches > 0);
    // An administrator sets the password that is configured.
    const fixed = await fetch(
      `${influxd.url}/query?u=root&p=old&q=${encodeURIComponent("SET PASSWORD FOR root = 'new'")}`,
      { method: 'POST' },
    );
    t.equal(fixed.status, 200);
    await running.writer.drained();
    t.equal((await stored(store)).length, 2);
    t.match(running.told.at(-1), { lastError: null });
  });
});

t.test('waits as long as a server that is busy asks for, up to its own cap', async (t) => {
  const arrivals: number[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.url?.startsWith('/query')) return response.writeHead(200).end('{"results":[{}]}');
      arrivals.push(performance.now());
      if (arrivals.length > 1) return response.writeHead(204).end();
      return response.writeHead(429, { 'retry-after': '600' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  await using journal = await openJournal(t);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using store = influxStore({ url, version: 2, bucket: 'b', token: 'x' });
  await using running = withDispose(
    run(journal, store, { retry: { baseMs: 1, capMs: 2 }, retryAfterCapMs: 200 }),
  );
  await journal.append(frame(1));
  await running.writer.drained();
  t.equal(arrivals.length, 2);
  // A timer may be a millisecond early by the other clock.
  t.ok(arrivals[1]! - arrivals[0]! >= 198, 'not before the cap, although the jitter would have let it');
});

t.test('keeps trying the quarantine before it moves on', async (t) => {
  await using journal = await openJournal(t);
  const path = join(t.testdir(), 'telemetry.db');
  await using store = sqliteStore({ path });
  await store.open();
  {
    using db = new DatabaseSync(path);
    db.exec(`CREATE TRIGGER refuse BEFORE INSERT ON vitals WHEN NEW.heart_rate = 1
      BEGIN SELECT RAISE(ABORT, 'refused'); END`);
  }
  let attempts = 0;
  const quarantine = async (): Promise<void> => {
    attempts += 1;
    t.equal(journal.stats().unread.store, 2, 'nothing is committed before');
    if (attempts < 3) throw new Error('disk full');
  };
  await journal.append(frame(1));
  await journal.append(frame(2));
  await using running = withDispose(run(journal, store, { quarantine }));
  await running.writer.drained();
  t.equal(attempts, 3);
  t.match(running.told, [{ state: 'retrying', lastError: { message: 'disk full' } }, { lastError: null }]);
  t.strictSame(
    (await stored(store)).map(({ value }) => value),
    [2],
  );
});

t.test('stops in bounded time while the store hangs, and the next start writes what was left', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => {
    silent.close();
    silent.closeAllConnections();
  });
  await using journal = await openJournal(t);
  await journal.append(frame(1));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  {
    await using store = influxStore({ url, version: 1 });
    const { writer } = run(journal, store, { stopTimeoutMs: 100 });
    const drained = writer.drained();
    await delay(50);
    const before = performance.now();
    await writer[Symbol.asyncDispose]();
    t.ok(performance.now() - before < 5_000);
    silent.closeAllConnections();
    await t.rejects(drained, { code: 'writer_stopped' });
    t.equal(writer.status().state, 'stopped');
  }
  t.equal(journal.stats().unread.store, 1, 'the cursor has not moved');
  await using store = sqliteStore({ path: join(t.testdir(), 'telemetry.db') });
  await using running = withDispose(run(journal, store));
  await running.writer.drained();
  t.equal((await stored(store)).length, 1);
});

t.test('stops at once while the journal takes no cursor', async (t) => {
  await using journal = await openJournal(t);
  await using store = sqliteStore({ path: join(t.testdirName, 'telemetry.db') });
  await journal.append(frame(1));
  using other = new DatabaseSync(join(t.testdirName, 'journal.db'));
  // No commit is answered.
  other.exec('BEGIN IMMEDIATE');
  const { writer } = run(journal, store);
  await until(() => writer.status().written === 1, 'the cursor is to move');
  const before = performance.now();
  await writer[Symbol.asyncDispose]();
  t.ok(performance.now() - before < 1_000);
  t.match(writer.status(), { state: 'stopped', lastError: null });
  t.equal((await stored(store)).length, 1);
});

t.test('stops, and says why, when the journal is gone', async (t) => {
  const journal = await openJournal(t);
  await using store = sqliteStore({ path: join(t.testdir(), 'telemetry.db') });
  const { writer, told } = run(journal, store);
  await journal[Symbol.asyncDispose]();
  await until(() => writer.status().state === 'stopped', 'the writer stops');
  t.match(told, [{ state: 'stopped', lastError: { code: 'journal_closed' } }]);
  await writer[Symbol.asyncDispose]();
});

function withDispose(running: Running): Running & AsyncDisposable {
  return { ...running, [Symbol.asyncDispose]: () => running.writer[Symbol.asyncDispose]() };
}
