import { join } from 'node:path';
import t from 'tap';
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
