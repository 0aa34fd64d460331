import t from 'tap';
import { openSqliteJournal } from '../../../../scripts/bench/stages/off/journal-off.ts';
import type { TelemetryRecord } from '../../../../src/model/record.ts';

const record = (seq: number): TelemetryRecord => ({ kind: 'status', seq }) as unknown as TelemetryRecord;

t.test('records of one turn share a batch, for every reader, until all have dealt with it', async (t) => {
  await using journal = await openSqliteJournal();
  const { signal } = new AbortController();
  const [one, two] = [journal.reader('one'), journal.reader('two')];
  const waiting = one.next(signal);
  let commits = 0;
  journal.onCommitted(() => {
    commits += 1;
  });
  const ticket = journal.enqueue(record(1));
  t.equal(journal.durableTicket, ticket - 1);
  await journal.append(record(2));
  t.equal(journal.durableTicket, ticket);
  t.equal(commits, 1);
  await journal.append(record(3));
  t.match(await waiting, { position: 1, records: [{ seq: 1 }, { seq: 2 }] });
  t.match(await one.next(signal), { position: 2, records: [{ seq: 3 }] });
  t.match(journal.stats(), { position: 2, committedRecords: 3, unread: { one: 2, two: 2 } });
  await one.commit(2);
  t.match(journal.stats(), { unread: { one: 0, two: 2 }, unreadRecords: { one: 0, two: 3 } });
  t.match(await two.next(signal), { position: 1 });
  await two.commit(2);
  t.same(journal.stats().unreadRecords, { one: 0, two: 0 });
});

t.test(
  'a reader that waits hears that it is told to stop, and that there is nothing more to come',
  async (t) => {
    const journal = await openSqliteJournal();
    const stop = new AbortController();
    const stopped = journal.reader('one').next(stop.signal);
    stop.abort(new Error('enough'));
    await t.rejects(stopped, { message: 'enough' });
    const ended = journal.reader('two').next(new AbortController().signal);
    await journal[Symbol.asyncDispose]();
    await t.rejects(ended, { code: 'journal_closed' });
    await t.rejects(journal.append(record(1)), { code: 'journal_closed' });
  },
);
