import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { sqliteStore } from '../../src/store/store-sqlite.ts';
import { frame, openJournal, run, stored, withDispose } from '../support/running-writer.ts';

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
