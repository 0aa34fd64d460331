import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/core/clock.ts';
import { openSqliteJournal } from '../../src/journal/journal-sqlite.ts';
import type { DeviceId } from '../../src/model/ids.ts';
import { isFrame } from '../../src/model/record.ts';
import { journalContract } from '../contracts/journal-contract.ts';
import { aVitalsRecord, STREAM, streams } from '../support/records.ts';

const CHILD = fileURLToPath(new URL('./appending-child.ts', import.meta.url));
const MEGABYTE = 2 ** 20;
const D1 = 'D1' as DeviceId;
const never = new AbortController().signal;
const appending = (path: string, first: number) =>
  spawn(process.execPath, [CHILD, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
const pathIn = (t: Test): string => join(t.testdir(), 'data', 'journal.db');
const open = (path: string, clock?: Clock) =>
  openSqliteJournal({ path, maxPendingBytes: MEGABYTE, ...(clock && { clock }) });

t.test('contract', async (t) => {
  journalContract(t, async (t) => {
    const path = pathIn(t);
    return { open: (limits) => openSqliteJournal({ path, maxPendingBytes: 16 * MEGABYTE, ...limits }) };
  });
});

/** Every sequence number in the journal, in order, read from the disk by a reader of its own. */
async function storedSeqs(path: string): Promise<{ seqs: number[]; durable: number }> {
  await using journal = await open(path);
  const reader = journal.reader('check');
  const seqs: number[] = [];
  while (journal.stats().unread.check !== 0) {
    const { position, records } = await reader.next(never);
    for (const record of records) if (isFrame(record)) seqs.push(record.seq);
    if (position === journal.stats().position) break;
  }
  return { seqs, durable: await journal.durableSeq(D1, STREAM) };
}

t.test('kill -9 loses nothing that was acknowledged and doubles nothing', async (t) => {
  const path = pathIn(t);
  let first = 1;
  for (const acks of [1, 700, 3_000]) {
    const child = appending(path, first);
    let acked = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      acked += chunk;
      if (acked.split('\n').length > acks) child.kill('SIGKILL');
    }
    const told = acked.split('\n').slice(0, -1).map(Number);
    const { seqs, durable } = await storedSeqs(path);
    const newest = seqs.at(-1) ?? 0;
    t.ok(told.length >= acks, `${told.length} acknowledged before the kill`);
    t.same(
      seqs,
      Array.from({ length: newest }, (_, i) => i + 1),
      'every number once, in order, without a gap',
    );
    t.ok((told.at(-1) ?? 0) <= newest, `acknowledged up to ${told.at(-1)}, stored up to ${newest}`);
    t.equal(durable, newest);
    first = newest + 1;
  }
});

t.test('a disk that refuses a commit stops the journal for good', async (t) => {
  const path = pathIn(t);
  // A real limit of the operating system: writes beyond 400 KiB a file fail. The test runner's hooks would die of
  // the signal that comes with it.
  const limited = 'unset NODE_OPTIONS; ulimit -f 400; exec "$0" "$@"';
  const child = spawn('bash', ['-c', limited, process.execPath, CHILD, path, '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  t.same(await exited, [0, null]);
  const told = lines.map(Number).filter(Number.isFinite);
  t.same(
    lines.filter((line) => !Number.isFinite(Number(line))),
    ['failed journal_failed', 'late journal_failed journal_failed'],
  );
  const { seqs } = await storedSeqs(path);
  t.ok(told.length > 100);
  t.same(seqs.slice(0, told.length), told, 'what was acknowledged before is there');
});

t.test('another process reads what is durable while the journal is written', async (t) => {
  const path = pathIn(t);
  await using journal = await open(path);
  await journal.append(aVitalsRecord(1));
  const count = `const { DatabaseSync } = require('node:sqlite');
    console.log(new DatabaseSync(process.argv[1], { readOnly: true }).prepare('SELECT count(*) AS n FROM batches').get().n);`;
  const other = spawn(process.execPath, ['-e', count, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.equal((await text(other.stdout)).trim(), '1');
  await journal.append(aVitalsRecord(2));
});

t.test('a batch whose bytes changed is refused by number, and again, and never skipped', async (t) => {
  const path = pathIn(t);
  {
    await using journal = await open(path);
    for (let seq = 1; seq <= 3; seq++) await journal.append(aVitalsRecord(seq));
  }
  const database = new DatabaseSync(path);
  database.exec(
    "UPDATE batches SET body = CAST(replace(CAST(body AS TEXT), '72', '27') AS BLOB) WHERE position = 2",
  );
  database.close();
  await using journal = await open(path);
  const reader = journal.reader('r');
  t.equal((await reader.next(never)).position, 1);
  await t.rejects(reader.next(never), { code: 'journal_corrupt', details: { position: 2 } });
  await t.rejects(reader.next(never), { code: 'journal_corrupt', details: { position: 2 } });
});

t.test('a batch that is gone is refused, too', async (t) => {
  const path = pathIn(t);
  {
    await using journal = await open(path);
    for (let seq = 1; seq <= 3; seq++) await journal.append(aVitalsRecord(seq));
  }
  const database = new DatabaseSync(path);
  database.exec('DELETE FROM batches WHERE position = 2');
  database.close();
  await using journal = await open(path);
  const reader = journal.reader('r');
  await reader.next(never);
  await t.rejects(reader.next(never), { code: 'journal_corrupt', details: { position: 2 } });
});

t.test('what every reader committed is trimmed, the rest is kept', async (t) => {
  const path = pathIn(t);
  {
    await using journal = await open(path);
    const store = journal.reader('store');
    const other = journal.reader('other');
    for (let seq = 1; seq <= 150; seq++) await journal.append(aVitalsRecord(seq));
    await store.commit(150);
    await other.commit(100);
  }
  {
    // What is not in the table of marks is not trimmed: closing put it there.
    await using journal = await open(path);
    for (let seq = 151; seq <= 170; seq++) await journal.append(aVitalsRecord(seq));
    t.equal(journal.stats().unread.other, 70);
  }
  const database = new DatabaseSync(path);
  const kept = database.prepare('SELECT min(position) AS first, max(position) AS last FROM batches').get();
  database.close();
  t.same({ ...kept }, { first: 100, last: 170 });
});

t.test(
  'marks go to their table under load, and after a kill those of later batches are found again',
  async (t) => {
    const path = pathIn(t);
    const copy = join(t.testdir({}), 'copy.db');
    await using journal = await openSqliteJournal({ path, maxPendingBytes: 64 * MEGABYTE });
    const folded = (file: string): number => {
      const database = new DatabaseSync(file, { readOnly: true });
      const at = Number(database.prepare('SELECT folded FROM state').get()?.folded);
      database.close();
      return at;
    };
    const [one, other] = streams;
    const wide = ' '.repeat(8 * MEGABYTE);
    let seq = 0;
    for (let batch = 1; batch <= 6; batch++) {
      for (const stream of [one, other, one]) journal.enqueue(aVitalsRecord(++seq, D1, stream));
      const record = aVitalsRecord(++seq, D1, one);
      journal.enqueue(record, JSON.stringify(record) + wide);
      await journal.append(aVitalsRecord(2, D1, one));
    }
    t.equal(folded(path), 4, 'with the commit after 32 MiB');
    t.equal(await journal.durableSeq(D1, one), 24);
    t.equal(await journal.durableSeq(D1, other), 22);
    t.equal(await journal.durableSeq('D2' as DeviceId, one), 0);
    // As a killed process leaves it: nothing is put in order by closing.
    const database = new DatabaseSync(path);
    database.exec(`VACUUM INTO '${copy}'`);
    database.close();
    t.equal(folded(copy), 4);
    await using again = await open(copy);
    t.equal(await again.durableSeq(D1, one), 24);
    t.equal(await again.durableSeq(D1, other), 22);
    t.equal(folded(copy), 6);
  },
);

t.test('where a stream stands says what was committed while it was asked', async (t) => {
  await using journal = await open(pathIn(t));
  const ticket = journal.enqueue(aVitalsRecord(5));
  // The commit is begun at the end of the turn, and so before the question.
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(journal.durableTicket, ticket - 1);
  t.equal(await journal.durableSeq(D1, STREAM), 5);
  t.equal(journal.durableTicket, ticket);
});

t.test('a stream is forgotten 30 days after its last frame', async (t) => {
  const path = pathIn(t);
  let now = 1_700_000_000_000;
  const clock: Clock = { ...systemClock(), now: () => now };
  const day = 24 * 60 * 60 * 1000;
  const reopened = async () => {
    await using journal = await open(path, clock);
    return await journal.durableSeq(D1, STREAM);
  };
  {
    await using journal = await open(path, clock);
    await journal.append(aVitalsRecord(5));
  }
  now += 29 * day;
  t.equal(await reopened(), 5);
  now += 2 * day;
  t.equal(await reopened(), 0);
});

t.test('the folder is 0700 and every file 0600', async (t) => {
  const path = pathIn(t);
  await using journal = await open(path);
  await journal.append(aVitalsRecord(1));
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
