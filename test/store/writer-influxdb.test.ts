import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { influxStore } from '../../src/store/store-influxdb.ts';
import { influxdMissing, startInfluxd } from '../support/influxd.ts';
import {
  DEVICE,
  frame,
  openJournal,
  PATIENT,
  run,
  stored,
  T0,
  until,
  withDispose,
} from '../support/running-writer.ts';

const missing = influxdMissing();

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
    await influxd.hang();
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
    t.match(running.writer.status(), { quarantined: 4, written: 996, lastError: null, refusedAgoMs: Number });
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
