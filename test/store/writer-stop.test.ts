import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { influxStore } from '../../src/store/store-influxdb.ts';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import { frame, openJournal, run, stored, until, withDispose } from '../support/running-writer.ts';

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
