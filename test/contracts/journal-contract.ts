import type { Test } from 'tap';
import type { Journal, JournalBatch, JournalCondition, JournalReader } from '../../src/journal/journal.ts';
import type { DeviceId } from '../../src/model/ids.ts';
import { isFrame, type TelemetryRecord } from '../../src/model/record.ts';
import { aVitalsRecord, STREAM, streams } from '../support/records.ts';

export interface JournalLimits {
  readonly maxPendingBytes: number;
  readonly maxUnreadBytes: number;
}

/** Opens the same journal again and again, one at a time. */
export interface JournalWorld {
  open(limits?: Partial<JournalLimits>): Promise<Journal>;
}

const D1 = 'D1' as DeviceId;
const never = new AbortController().signal;

/** The sequence numbers of the next batches until `count` records were read. */
async function readSeqs(
  reader: JournalReader,
  count: number,
): Promise<{ seqs: number[]; last: JournalBatch }> {
  const seqs: number[] = [];
  for (;;) {
    const last = await reader.next(never);
    for (const record of last.records) if (isFrame(record)) seqs.push(record.seq);
    if (seqs.length >= count) return { seqs, last };
  }
}

async function appendAll(journal: Journal, from: number, to: number): Promise<void> {
  for (let seq = from; seq <= to; seq++) await journal.append(aVitalsRecord(seq));
}

/** What every Journal adapter keeps. `world` makes an empty journal for one test and cleans up after it. */
export function journalContract(t: Test, world: (t: Test) => Promise<JournalWorld>): void {
  const empty = async (t: Test, limits?: Partial<JournalLimits>) => (await world(t)).open(limits);

  t.test('records of one turn share a batch and a promise, and are read back as they were', async (t) => {
    await using journal = await empty(t);
    const records: TelemetryRecord[] = [
      aVitalsRecord(1),
      { kind: 'consumed', device: D1, stream: STREAM, seq: 2, received: 5, skew: -3 },
      {
        ...{ kind: 'waveform', device: D1, stream: STREAM, seq: 3, received: 6, skew: 0, patient: null },
        ...{ signal: 'ecg_ii', t: 7, rate_hz: 250, values: [0.1, -0.25, 1e-7] },
      } as TelemetryRecord,
      { kind: 'status', device: D1, stream: STREAM, seq: 4, received: 8, skew: 0, worn: true },
      {
        kind: 'alarm',
        event: {
          event: 'raised',
          at: 9,
          cursor: '1',
          alarm: { id: 'line\nfeed \u2028 \u00e9 \ud83d\ude00' },
        },
      } as unknown as TelemetryRecord,
    ];
    const promises = records.map((record) => journal.append(record));
    t.equal(new Set(promises).size, 1);
    await promises[0];
    const batch = await journal.reader('r').next(never);
    t.same(batch, { position: 1, records });
  });

  t.test('a record counts as pending until it is durable', async (t) => {
    await using journal = await empty(t);
    const appended = journal.append(aVitalsRecord(1));
    t.match(journal.stats(), { pendingRecords: 1, position: 0 });
    t.ok(journal.stats().pendingBytes > 0);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (journal.stats().pendingRecords > 0) t.ok(journal.stats().pendingMs > 0);
    await appended;
    const stats = journal.stats();
    t.match(stats, { pendingRecords: 0, pendingBytes: 0, pendingMs: 0, committedRecords: 1 });
    t.match(stats, { position: 1, failed: false });
  });

  t.test('what is appended during a commit shares the next one', async (t) => {
    await using journal = await empty(t);
    const first = journal.append(aVitalsRecord(1));
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const second = journal.append(aVitalsRecord(2));
    t.not(second, first);
    await second;
    const reader = journal.reader('r');
    t.same((await readSeqs(reader, 2)).seqs, [1, 2]);
  });

  t.test(
    'a ticket says when its record is durable, and appends with a promise share the order',
    async (t) => {
      await using journal = await empty(t);
      t.equal(journal.durableTicket, 0);
      const told: number[] = [];
      const listening = journal.onCommitted(() => told.push(journal.durableTicket));
      const tickets = [journal.enqueue(aVitalsRecord(1)), journal.enqueue(aVitalsRecord(2))];
      t.same(tickets, [1, 1], 'records of one turn share a ticket');
      t.equal(journal.durableTicket, 0);
      t.match(journal.stats(), { pendingRecords: 2, position: 0 });
      await journal.append(aVitalsRecord(3));
      t.equal(journal.durableTicket, 1, 'moved before the promise of the batch resolves');
      t.equal(journal.enqueue(aVitalsRecord(4)), 2);
      await journal.append(aVitalsRecord(5));
      t.same(told, [1, 2], 'once a commit');
      listening[Symbol.dispose]();
      await journal.append(aVitalsRecord(6));
      t.same(told, [1, 2]);
      t.same((await readSeqs(journal.reader('r'), 6)).seqs, [1, 2, 3, 4, 5, 6]);
    },
  );

  t.test('two tickets at most are not durable', async (t) => {
    await using journal = await empty(t);
    let newest = 0;
    let most = 0;
    for (let seq = 1; seq <= 2_000; seq++) {
      const ticket = journal.enqueue(aVitalsRecord(seq));
      t.ok(ticket === newest || ticket === newest + 1);
      newest = ticket;
      most = Math.max(most, newest - journal.durableTicket);
      if (seq % 19 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    t.equal(most, 2);
  });

  t.test('a line given with a record is what is kept of it', async (t) => {
    const shared = await world(t);
    const records = [
      aVitalsRecord(1),
      aVitalsRecord(2, 'D\u00e9\ud83d\ude00' as DeviceId),
      aVitalsRecord(3),
    ] as const;
    {
      await using journal = await shared.open();
      const reader = journal.reader('r');
      const [first, second, third] = records.map((record) => JSON.stringify(record));
      journal.enqueue(records[0], first?.replace('"skew":0', ' "skew": 0.0e0 '));
      journal.enqueue(records[1], second);
      journal.enqueue(records[2], third?.replace('{', '{\n'));
      await journal.append(aVitalsRecord(4));
      t.same((await reader.next(never)).records.slice(0, 3), records);
    }
    await using journal = await shared.open();
    const { records: read } = await journal.reader('r').next(never);
    t.same(read, [...records, aVitalsRecord(4)], 'read from the disk, with no line made two');
    t.equal(await journal.durableSeq(D1, STREAM), 4);
  });

  t.test('what is refused has no ticket, and says why', async (t) => {
    const shared = await world(t);
    const journal = await shared.open({ maxPendingBytes: 2_000 });
    const cyclic: { parts?: unknown } = {};
    cyclic.parts = cyclic;
    const enqueueCyclic = () => journal.enqueue({ ...aVitalsRecord(1), ...(cyclic as { parts: [] }) });
    t.throws(enqueueCyclic, { code: 'invalid_record' });
    t.equal(journal.stats().pendingRecords, 0);
    let seq = 0;
    while (journal.writable() === null) journal.enqueue(aVitalsRecord(++seq));
    t.throws(() => journal.enqueue(aVitalsRecord(99)), { code: 'journal_full' });
    t.equal(journal.stats().pendingRecords, seq);
    await journal.writable();
    const last = journal.enqueue(aVitalsRecord(++seq));
    const closing = journal[Symbol.asyncDispose]();
    t.throws(() => journal.enqueue(aVitalsRecord(99)), { code: 'journal_closed' });
    await closing;
    t.equal(journal.durableTicket, last);
    await using again = await shared.open();
    t.equal(again.durableTicket, 0, 'tickets are those of one opening');
    t.equal(await again.durableSeq(D1, STREAM), seq);
  });

  t.test('batches come in the order of appending, through a long run', async (t) => {
    await using journal = await empty(t);
    const reader = journal.reader('r');
    const reading = readSeqs(reader, 5_000);
    for (let seq = 1; seq <= 5_000; seq++) {
      void journal.append(aVitalsRecord(seq));
      if (seq % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const { seqs } = await reading;
    t.same(
      seqs,
      Array.from({ length: 5_000 }, (_, i) => i + 1),
    );
  });

  t.test('next waits for what is to come, and stops waiting when aborted', async (t) => {
    await using journal = await empty(t);
    const reader = journal.reader('r');
    const waiting = reader.next(never);
    await journal.append(aVitalsRecord(1));
    t.equal((await waiting).position, 1);
    const stop = new AbortController();
    const aborted = reader.next(stop.signal);
    stop.abort(new Error('enough'));
    await t.rejects(aborted, { message: 'enough' });
    await t.rejects(reader.next(AbortSignal.abort(new Error('at once'))), { message: 'at once' });
    await journal.append(aVitalsRecord(2));
    t.equal((await reader.next(never)).position, 2, 'an aborted wait takes nothing');
  });

  t.test('a reader goes on after what it committed, others where they were', async (t) => {
    const shared = await world(t);
    {
      await using journal = await shared.open();
      const store = journal.reader('store');
      const other = journal.reader('other');
      await appendAll(journal, 1, 6);
      await store.commit((await readSeqs(store, 4)).last.position);
      await readSeqs(store, 1);
      await readSeqs(other, 2);
      t.same(journal.stats().unread, { store: 2, other: 6 });
    }
    await using journal = await shared.open();
    t.same(journal.stats().unread, { store: 2, other: 6 });
    t.same((await readSeqs(journal.reader('store'), 2)).seqs, [5, 6]);
    t.same((await readSeqs(journal.reader('other'), 6)).seqs, [1, 2, 3, 4, 5, 6]);
  });

  t.test('a cursor never moves back and never beyond the newest batch', async (t) => {
    await using journal = await empty(t);
    const reader = journal.reader('r');
    await appendAll(journal, 1, 3);
    await reader.commit(2);
    await reader.commit(1);
    t.same(journal.stats().unread, { r: 1 });
    await t.rejects(reader.commit(4), { code: 'invalid_position' });
  });

  t.test('positions go on after everything was read and the journal was reopened', async (t) => {
    const shared = await world(t);
    {
      await using journal = await shared.open();
      const reader = journal.reader('r');
      await appendAll(journal, 1, 40);
      await reader.commit((await readSeqs(reader, 40)).last.position);
    }
    await using journal = await shared.open();
    t.equal(journal.stats().position, 40);
    await journal.append(aVitalsRecord(41));
    const { last } = await readSeqs(journal.reader('r'), 1);
    t.match(last, { position: 41, records: [{ seq: 41 }] });
  });

  t.test('durableSeq is the highest of the stream, now and after reopening', async (t) => {
    const shared = await world(t);
    const [one, other] = streams;
    {
      await using journal = await shared.open();
      t.equal(await journal.durableSeq(D1, one), 0);
      const last = [
        journal.append(aVitalsRecord(7, D1, one)),
        journal.append(aVitalsRecord(6, D1, one)),
        journal.append(aVitalsRecord(3, D1, other)),
        journal.append(aVitalsRecord(8, D1, one)),
        journal.append(aVitalsRecord(9, 'D2' as DeviceId, one)),
      ].at(-1);
      await last;
      await journal.append(aVitalsRecord(2, D1, other));
      t.equal(await journal.durableSeq(D1, one), 8);
      t.equal(await journal.durableSeq(D1, other), 3);
    }
    await using journal = await shared.open();
    t.equal(await journal.durableSeq(D1, one), 8);
    t.equal(await journal.durableSeq(D1, other), 3);
    t.equal(await journal.durableSeq('D2' as DeviceId, one), 9);
  });

  t.test('past maxPendingBytes appends are refused until there is room again', async (t) => {
    await using journal = await empty(t, { maxPendingBytes: 2_000 });
    const accepted: Promise<void>[] = [];
    const conditions: JournalCondition[] = [];
    journal.onCondition((condition) => {
      t.equal(journal.condition, condition, 'told after the change');
      t.equal(journal.writable() === null, condition === 'ok');
      conditions.push(condition);
    });
    t.equal(journal.writable(), null);
    t.equal(journal.condition, 'ok');
    for (let seq = 1; journal.writable() === null; seq++) accepted.push(journal.append(aVitalsRecord(seq)));
    t.ok(journal.stats().pendingBytes >= 2_000 && journal.stats().pendingBytes < 2_400);
    await t.rejects(journal.append(aVitalsRecord(99)), { code: 'journal_full' });
    t.equal(journal.condition, 'behind');
    await journal.writable();
    t.equal(journal.writable(), null);
    t.same(conditions, ['behind', 'ok'], 'each change once');
    await Promise.all(accepted);
    await journal.append(aVitalsRecord(100));
    const { seqs } = await readSeqs(journal.reader('r'), accepted.length + 1);
    t.same(seqs, [...accepted.keys()].map((i) => i + 1).concat(100), 'what was refused is not there');
  });

  t.test('past maxUnreadBytes appends are refused until the slowest reader catches up', async (t) => {
    const shared = await world(t);
    const limits = { maxUnreadBytes: 3_000 };
    {
      await using journal = await shared.open(limits);
      const reader = journal.reader('r');
      for (let seq = 1; journal.writable() === null; seq++) await journal.append(aVitalsRecord(seq));
      await t.rejects(journal.append(aVitalsRecord(99)), { code: 'journal_full' });
      await reader.next(never);
    }
    await using journal = await shared.open(limits);
    const room = journal.writable();
    t.ok(room, 'still full after reopening');
    t.equal(journal.condition, 'unread_full');
    const conditions: JournalCondition[] = [];
    const subscription = journal.onCondition((condition) => conditions.push(condition));
    await journal.reader('r').commit(journal.stats().position);
    await room;
    t.same(conditions, ['ok']);
    subscription[Symbol.dispose]();
    await journal.append(aVitalsRecord(100));
  });

  t.test('closing commits what is pending and refuses what comes after', async (t) => {
    const shared = await world(t);
    const journal = await shared.open();
    const waiting = journal.reader('r').next(never);
    await journal.append(aVitalsRecord(1));
    await waiting;
    const idle = journal.reader('r2').next(never);
    await idle;
    const pending = journal.append(aVitalsRecord(2));
    const closing = journal[Symbol.asyncDispose]();
    await t.rejects(journal.append(aVitalsRecord(3)), { code: 'journal_closed' });
    await pending;
    await closing;
    await journal[Symbol.asyncDispose]();
    await t.rejects(journal.durableSeq(D1, STREAM), { code: 'journal_closed' });
    await using again = await shared.open();
    t.equal(await again.durableSeq(D1, STREAM), 2);
  });

  t.test('a reader waiting when the journal closes is told', async (t) => {
    const journal = await empty(t);
    const waiting = journal.reader('r').next(never);
    const told = t.rejects(waiting, { code: 'journal_closed' });
    await journal[Symbol.asyncDispose]();
    await told;
  });
}
