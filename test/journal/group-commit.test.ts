import fc from 'fast-check';
import t from 'tap';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import type { WorkerCalls } from '../../src/core/worker-calls.ts';
import { GroupCommit } from '../../src/journal/group-commit.ts';
import type { CommitRequest, JournalCalls, JournalState } from '../../src/journal/journal-calls.ts';
import { manualClock } from '../support/manual-clock.ts';
import { aVitalsRecord } from '../support/records.ts';

type Outcome = 'ok' | 'journal_disk_full' | 'journal_busy' | 'journal_failed';

/** A disk that answers when told to, with what it is told; what it committed is in `seqs`. */
function scriptedDisk() {
  const seqs: number[] = [];
  let kept: CommitRequest | null = null;
  let answer: ((outcome: Outcome) => void) | null = null;
  let position = 0;
  const calls: string[] = [];
  const call = (name: string, args: unknown): Promise<JournalState> => {
    if (answer !== null) throw new Error('two commits overlap');
    calls.push(name);
    const request = name === 'commit' ? (args as CommitRequest) : kept;
    if (request === null) throw new Error('nothing to be tried again');
    return new Promise((resolve, reject) => {
      answer = (outcome) => {
        answer = null;
        kept = outcome === 'journal_disk_full' || outcome === 'journal_busy' ? request : null;
        if (outcome !== 'ok') return reject(new CodedError(outcome, outcome));
        const lines = request.batch === null ? [] : new TextDecoder().decode(request.batch.body).split('\n');
        for (const line of lines) seqs.push(JSON.parse(line).seq);
        if (request.batch !== null) position += 1;
        resolve({ position, oldest: 1, unreadBytes: 0, unreadRecords: [], trimmable: false });
      };
    });
  };
  const worker = { call } as unknown as WorkerCalls<JournalCalls>;
  return {
    worker,
    seqs,
    calls,
    answer: (outcome: Outcome) => answer?.(outcome),
    isAsked: () => answer !== null,
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.constant({ answer: 'ok' as Outcome }) },
  {
    weight: 2,
    arbitrary: fc.record({ answer: fc.constantFrom<Outcome>('journal_disk_full', 'journal_busy') }),
  },
  { weight: 1, arbitrary: fc.constant({ answer: 'journal_failed' as Outcome }) },
  { weight: 3, arbitrary: fc.record({ wait: fc.constantFrom(500, 1_000, 3_000) }) },
);

t.test('whatever the disk does: in order, once, acked when committed and never otherwise', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), async (steps) => {
      const disk = scriptedDisk();
      const clock = manualClock();
      const acked: number[] = [];
      const refused: string[] = [];
      let failed = false;
      const commits = new GroupCommit({
        ...{
          worker: disk.worker,
          clock,
          diskClock: clock,
          stallMs: 3_000,
          retryMs: 1_000,
          trimmable: false,
          position: 0,
        },
        onDisk: () => {},
        onCommitted: () => {},
        onFailed: () => {
          failed = true;
        },
      });
      let seq = 0;
      let asked = 0;
      for (const step of steps) {
        if (failed) break;
        const before = commits.disk;
        if ('add' in step) {
          for (let i = 0; i < step.add; i++) {
            const one = ++seq;
            commits.add(aVitalsRecord(one)).promise.then(
              () => acked.push(one),
              (cause) => refused.push(codeOf(cause)),
            );
          }
        } else if ('wait' in step) {
          if (disk.isAsked()) asked += step.wait;
          clock.advance(step.wait);
          // A retry that the wait itself began has not taken that long.
          if (before === 'disk_full') asked = 0;
        } else if (disk.isAsked()) {
          disk.answer(step.answer);
          if (step.answer !== 'journal_busy') asked = 0;
          await turn();
          if (step.answer === 'ok') t.equal(commits.disk, 'ok');
          if (step.answer === 'journal_disk_full') t.equal(commits.disk, 'disk_full');
        }
        await turn();
        if (before === 'ok' && asked >= 3_000 && disk.isAsked()) t.equal(commits.disk, 'stalled');
        t.same(acked, disk.seqs, 'what is acked is what the disk has');
        t.equal(commits.pendingRecords, failed ? commits.pendingRecords : seq - acked.length);
        t.equal(commits.pendingMs > 0, commits.pendingMs > 0 && commits.pendingRecords > 0);
      }
      if (failed) {
        t.equal(refused.length, seq - acked.length, 'everybody else is told');
        t.ok(refused.every((code) => code === 'journal_failed'));
        return;
      }
      // The disk heals: everything is there, in order.
      const drained = commits.drain();
      let done = false;
      void drained.then(() => {
        done = true;
      });
      for (let i = 0; i < 50 && !done; i++) {
        disk.answer('ok');
        clock.advance(1_000);
        await turn();
      }
      await drained;
      t.same(
        disk.seqs,
        Array.from({ length: seq }, (_, i) => i + 1),
      );
      t.same(acked, disk.seqs);
      t.equal(commits.pendingBytes, 0);
    }),
    { numRuns: 60 },
  );
});

t.test('the same batch is tried again every second, and what gathered follows it', async (t) => {
  const disk = scriptedDisk();
  const clock = manualClock();
  const commits = new GroupCommit({
    ...{
      worker: disk.worker,
      clock,
      diskClock: clock,
      stallMs: 3_000,
      retryMs: 1_000,
      trimmable: false,
      position: 0,
    },
    ...{ onDisk: () => {}, onCommitted: () => {}, onFailed: () => {} },
  });
  commits.add(aVitalsRecord(1));
  await turn();
  commits.add(aVitalsRecord(2));
  for (let i = 0; i < 3; i++) {
    disk.answer('journal_disk_full');
    await turn();
    clock.advance(999);
    t.equal(disk.isAsked(), false);
    clock.advance(1);
    t.equal(disk.isAsked(), true);
  }
  t.same(disk.calls, ['commit', 'retry', 'retry', 'retry']);
  t.equal(commits.pendingMs, 3_000);
  disk.answer('ok');
  await turn();
  t.same(disk.seqs, [1]);
  disk.answer('ok');
  await turn();
  t.same(disk.seqs, [1, 2]);
  t.equal(commits.pendingMs, 0);
});

t.test(
  'a disk that was full and then does not answer is stalled, and full again when it says so',
  async (t) => {
    const disk = scriptedDisk();
    const clock = manualClock();
    const told: string[] = [];
    const commits = new GroupCommit({
      ...{
        worker: disk.worker,
        clock,
        diskClock: clock,
        stallMs: 3_000,
        retryMs: 1_000,
        trimmable: false,
        position: 0,
      },
      ...{ onDisk: () => told.push(commits.disk), onCommitted: () => {}, onFailed: () => {} },
    });
    commits.add(aVitalsRecord(1));
    await turn();
    disk.answer('journal_disk_full');
    await turn();
    clock.advance(1_000);
    t.equal(disk.isAsked(), true);
    clock.advance(3_000);
    t.same(told, ['disk_full', 'stalled']);
    disk.answer('journal_disk_full');
    await turn();
    t.same(told, ['disk_full', 'stalled', 'disk_full']);
    clock.advance(1_000);
    disk.answer('ok');
    await turn();
    t.equal(commits.disk, 'ok');
    t.same(disk.seqs, [1]);
  },
);

t.test(
  'under load commits keep a pace, after a quiet time they do not wait, and closing waits for no pace',
  async (t) => {
    const disk = scriptedDisk();
    const clock = manualClock();
    const commits = new GroupCommit({
      ...{
        worker: disk.worker,
        clock,
        diskClock: clock,
        stallMs: 3_000,
        retryMs: 1_000,
        trimmable: false,
        position: 0,
      },
      ...{ onDisk: () => {}, onCommitted: () => {}, onFailed: () => {} },
    });
    commits.add(aVitalsRecord(1));
    await turn();
    t.equal(disk.isAsked(), true, 'the first at once');
    commits.add(aVitalsRecord(2));
    clock.advance(8);
    disk.answer('ok');
    await turn();
    t.equal(disk.isAsked(), false);
    commits.add(aVitalsRecord(3));
    clock.advance(8);
    await turn();
    t.equal(disk.isAsked(), false);
    clock.advance(4);
    t.equal(disk.isAsked(), true, '20 ms after the one before began');
    clock.advance(20);
    commits.add(aVitalsRecord(4));
    disk.answer('ok');
    await turn();
    t.same(disk.seqs, [1, 2, 3]);
    t.equal(disk.isAsked(), true, 'no wait after a commit that took longer');
    disk.answer('ok');
    await turn();
    commits.add(aVitalsRecord(5));
    clock.advance(1);
    t.equal(disk.isAsked(), false);
    const drained = commits.drain();
    t.equal(disk.isAsked(), true);
    disk.answer('ok');
    await drained;
    t.same(disk.seqs, [1, 2, 3, 4, 5]);
    t.equal(commits.durable, 4);
    commits.end(new Error('closed'));
  },
);
