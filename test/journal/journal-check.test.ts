import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { checkJournal } from '../../src/journal/journal-check.ts';
import { checksum, encodeBody, encodeRecord } from '../../src/journal/journal-codec.ts';
import { JOURNAL_MIGRATIONS } from '../../src/journal/journal-schema.ts';
import type { DeviceId, StreamId } from '../../src/model/ids.ts';

const DAY_MS = 86_400_000;
const NOW = 1_700_000_000_000;
const STREAM = '0bb20f62-341e-4c56-a23c-1ce5b419dbb9' as StreamId;

/** A sound journal of batches 3 to 6 with two records each, folded up to 5 and read up to 4. */
function journal(t: Test): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  t.teardown(() => database.close());
  for (const sql of JOURNAL_MIGRATIONS) database.exec(sql);
  let total = 1_000;
  for (let position = 3; position <= 6; position++) {
    const records = [2 * position - 1, 2 * position].map((seq) =>
      encodeRecord({
        ...{ kind: 'consumed', device: 'w-1' as DeviceId, stream: STREAM, seq, received: NOW, skew: 0 },
      }),
    );
    const body = encodeBody(records);
    total += body.byteLength;
    database
      .prepare('INSERT INTO batches VALUES (?, ?, ?, ?, ?)')
      .run(position, records.length, checksum(body), total, body);
  }
  database.exec(`INSERT INTO streams VALUES ('w-1', '${STREAM}', 10, ${NOW});
    UPDATE state SET folded = 5; INSERT INTO readers VALUES ('store', 4)`);
  return database;
}

function faultsOf(database: DatabaseSync, { records = true, now = NOW } = {}): readonly string[] {
  const faults: string[] = [];
  checkJournal(database, { records, now, fault: (problem) => faults.push(problem) });
  return faults;
}

t.test('a sound journal has no faults, and says how far it goes', (t) => {
  const database = journal(t);
  const passed: number[] = [];
  const figures = checkJournal(database, {
    ...{ records: true, now: NOW, fault: (problem) => t.fail(problem) },
    passed: (position) => passed.push(position),
  });
  t.same(figures, { batches: 4, records: 8, oldest: 3, newest: 6, readers: { store: 4 } });
  t.same(passed, [3, 4, 5, 6]);
  t.end();
});

const FAULTS: Readonly<Record<string, readonly [sql: string, fault: RegExp]>> = {
  'another byte': ["UPDATE batches SET body = x'7b7d0a7b7d' WHERE position = 4", /batch 4 .*checksum/],
  'a batch that is gone': ['DELETE FROM batches WHERE position = 5', /batch 5 is missing/],
  'a total that does not add up': [
    'UPDATE batches SET total = total + 1 WHERE position = 6',
    /total of batch 6/,
  ],
  'another number of records': [
    'UPDATE batches SET records = 3 WHERE position = 6',
    /batch 6 .*2 records, not 3/,
  ],
  'a reader ahead of it': [
    'UPDATE readers SET position = 7',
    /reader store stands at 7, past the newest batch 6/,
  ],
  'a reader that lost batches': [
    'UPDATE readers SET position = 0',
    /batches 1 to 2 are gone, and not read by reader store/,
  ],
  'marks of more than there is': ['UPDATE state SET folded = 7', /up to 7, of 3 to 6/],
  'marks that lack what is gone': ['UPDATE state SET folded = 1', /up to 1, of 3 to 6/],
  'a mark below its batches': ['UPDATE streams SET seq = 9', /device w-1 is marked 9, and a batch holds 10/],
  'no mark': ['DELETE FROM streams', /is marked nowhere/],
};

for (const [what, [sql, fault]] of Object.entries(FAULTS)) {
  t.test(`${what} is found`, (t) => {
    const database = journal(t);
    database.exec(sql);
    t.match(faultsOf(database).join('\n'), fault);
    t.end();
  });
}

t.test('a mark that was forgotten after a month is none that is missing', (t) => {
  const database = journal(t);
  database.exec('DELETE FROM streams');
  t.same(faultsOf(database, { now: NOW + 40 * DAY_MS }), []);
  t.end();
});

t.test('a quick look takes checksums and places, not records', (t) => {
  const database = journal(t);
  database.exec('UPDATE batches SET records = 3 WHERE position = 6; DELETE FROM streams');
  t.same(faultsOf(database, { records: false }), []);
  database.exec('UPDATE batches SET crc32 = 1 WHERE position = 4');
  t.match(faultsOf(database, { records: false }), [/batch 4/]);
  t.end();
});
