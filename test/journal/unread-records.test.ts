import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { JOURNAL_MIGRATIONS } from '../../src/journal/journal-schema.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import { aVitalsRecord } from '../support/records.ts';

t.test('tells how many records each reader has not committed, also after it was opened again', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  const options = { path, maxPendingBytes: 2 ** 20 };
  const never = new AbortController().signal;
  {
    await using journal = await openSqliteJournal(options);
    const slow = journal.reader('slow');
    const quick = journal.reader('quick');
    let seq = 0;
    for (const size of [3, 1, 5]) {
      for (let more = 1; more < size; more++) journal.append(aVitalsRecord(++seq)).catch(t.error);
      await journal.append(aVitalsRecord(++seq));
    }
    t.match(journal.stats().unreadRecords, { slow: 9, quick: 9 });
    await quick.commit((await quick.next(never)).position);
    t.match(journal.stats().unreadRecords, { slow: 9, quick: 6 });
    await quick.commit(3);
    await quick.commit(2);
    t.match(journal.stats().unreadRecords, { slow: 9, quick: 0 }, 'a cursor never goes back');
    await slow.commit(1);
  }
  await using journal = await openSqliteJournal(options);
  t.match(journal.stats().unreadRecords, { slow: 6, quick: 0 });
  journal.reader('late');
  await journal.append(aVitalsRecord(10));
  t.match(
    journal.stats().unreadRecords,
    { slow: 7, quick: 1, late: 10 },
    'a new one begins with all that is kept',
  );
});

t.test('counts what a journal of the first schema holds, and never by its bodies', async (t) => {
  const path = join(t.testdir(), 'journal.db');
  {
    using database = new DatabaseSync(path);
    database.exec(`${JOURNAL_MIGRATIONS[0]}; PRAGMA user_version = 1;
      INSERT INTO readers VALUES ('slow', 1);
      INSERT INTO batches VALUES (1, 3, 0, 1, x'00'), (2, 4, 0, 2, x'00'), (3, 5, 0, 3, x'00');
      UPDATE state SET folded = 3`);
  }
  await using journal = await openSqliteJournal({ path, maxPendingBytes: 2 ** 20 });
  t.match(journal.stats().unreadRecords, { slow: 9 });
  using database = new DatabaseSync(path);
  const plan = database
    .prepare(
      'EXPLAIN QUERY PLAN SELECT sum(records) FROM batches INDEXED BY batch_records WHERE position > 1',
    )
    .get();
  t.match(plan?.detail, /USING COVERING INDEX/);
});
