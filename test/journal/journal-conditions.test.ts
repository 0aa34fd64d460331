import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import type { Journal, JournalCondition } from '../../src/journal/journal.ts';
import { openSqliteJournal, type SqliteJournalOptions } from '../../src/journal/journal-sqlite.ts';
import { eventually } from '../support/eventually.ts';
import { aVitalsRecord, STREAM } from '../support/records.ts';
import { noTinyDisk, tinyDisk } from '../support/tiny-disk.ts';

const D1 = aVitalsRecord(1).device;
// As sockets do: the timers of a clock do not keep the process alive.
const alive = setInterval(() => {}, 1_000);
t.teardown(() => clearInterval(alive));
const never = new AbortController().signal;
const open = (directory: string, options: Partial<SqliteJournalOptions> = {}) =>
  openSqliteJournal({ path: join(directory, 'journal.db'), maxPendingBytes: 2 ** 20, ...options });

function heard(journal: Journal): JournalCondition[] {
  const conditions: JournalCondition[] = [];
  journal.onCondition((condition) => conditions.push(condition));
  return conditions;
}

/** Another process that writes to the file: every commit waits for it. */
function held(t: Test, directory: string): DatabaseSync {
  const other = new DatabaseSync(join(directory, 'journal.db'));
  t.teardown(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  return other;
}

t.test(
  'a full disk: nothing acked, nothing lost, and it goes on by itself',
  { skip: noTinyDisk },
  async (t) => {
    using disk = tinyDisk(2_048);
    const limits = { retryMs: 20, closeTimeoutMs: 50 };
    const acked: number[] = [];
    const append = (journal: Journal, seq: number) =>
      journal.append(aVitalsRecord(seq)).then(() => void acked.push(seq));
    let seq = 0;
    {
      await using journal = await open(disk.directory, limits);
      const conditions = heard(journal);
      const reader = journal.reader('r');
      await append(journal, ++seq);
      disk.fill();
      let last = Promise.resolve();
      await eventually(() => {
        if (journal.condition !== 'ok') return true;
        last = append(journal, ++seq);
        return false;
      });
      t.same(conditions, ['disk_full']);
      const { pendingRecords, failed } = journal.stats();
      t.ok(pendingRecords > 0 && !failed);
      t.equal(acked.at(-1), seq - pendingRecords, 'what found no space is not acked');
      t.ok(journal.writable());
      t.ok(journal.stats().pendingMs >= 0);
      await t.rejects(journal.append(aVitalsRecord(99_999)), {
        code: 'journal_full',
        details: { condition: 'disk_full' },
      });
      t.equal(
        await journal.durableSeq(D1, STREAM),
        seq - pendingRecords,
        'what was rolled back left no mark',
      );
      const waiting = journal.writable();
      disk.free();
      await waiting;
      await last;
      t.same(conditions, ['disk_full', 'ok']);
      for (const to = seq + 3; seq < to; ) await append(journal, ++seq);
      t.equal((await reader.next(never)).position, 1);

      disk.fill();
      await eventually(() => {
        if (journal.condition !== 'ok') return true;
        append(journal, ++seq).catch(() => {});
        return false;
      });
      const closing = performance.now();
      await journal[Symbol.asyncDispose]();
      t.ok(performance.now() - closing < 2_000, 'closing ends, though there is no space');
    }
    disk.free();
    await using journal = await open(disk.directory);
    const seqs: number[] = [];
    const reader = journal.reader('check');
    while (seqs.length < acked.length) {
      for (const record of (await reader.next(never)).records) if ('seq' in record) seqs.push(record.seq);
    }
    t.same(seqs.slice(0, acked.length), acked, 'every ack is kept, once, in order');
  },
);

t.test('a commit that takes too long stalls the journal until it returns', async (t) => {
  const directory = t.testdir();
  await using journal = await open(directory, { stallMs: 30 });
  const conditions = heard(journal);
  const other = held(t, directory);
  const first = journal.append(aVitalsRecord(1));
  await eventually(() => journal.condition === 'stalled');
  await t.rejects(journal.append(aVitalsRecord(2)), {
    code: 'journal_full',
    details: { condition: 'stalled' },
  });
  other.exec('ROLLBACK');
  await journal.writable();
  await first;
  await journal.append(aVitalsRecord(2));
  t.same(conditions, ['stalled', 'ok']);
});

t.test('closing while the worker hangs gives up what is pending, within its bound', async (t) => {
  const directory = t.testdir();
  const journal = await open(directory, { stallMs: 10, closeTimeoutMs: 60 });
  const other = held(t, directory);
  const pending = journal.append(aVitalsRecord(1));
  const told = t.rejects(pending, { code: 'journal_closed' });
  await eventually(() => journal.condition === 'stalled');
  const waiting = t.rejects(journal.writable() ?? Promise.resolve(), { code: 'journal_closed' });
  const began = performance.now();
  await t.rejects(async () => await journal[Symbol.asyncDispose](), { code: 'worker_hangs' });
  t.ok(performance.now() - began < 1_500);
  await Promise.all([told, waiting]);
  other.exec('ROLLBACK');
});
