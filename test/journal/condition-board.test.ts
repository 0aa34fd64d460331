import fc from 'fast-check';
import t from 'tap';
import { ConditionBoard, type DiskState } from '../../src/journal/condition-board.ts';
import type { JournalCondition } from '../../src/journal/journal.ts';

const LIMITS = { pending: 100, unread: 1_000 };
const anyEvent = fc.record({
  disk: fc.constantFrom<DiskState>('ok', 'ok', 'ok', 'stalled', 'disk_full', 'failed'),
  pending: fc.integer({ min: 0, max: 150 }),
  unread: fc.oneof(fc.constant(0), fc.integer({ min: 800, max: 1_100 })),
});

t.test(
  'whatever happens, the condition is the gravest that holds and each change is told once',
  async (t) => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const board = new ConditionBoard(LIMITS);
        const told: JournalCondition[] = [];
        board.listen((condition) => {
          t.equal(board.condition, condition, 'told after it');
          told.push(condition);
        });
        let [behind, unreadFull, last] = [false, false, 'ok'];
        for (const { disk, pending, unread } of events) {
          board.note(disk, pending, unread);
          behind = pending >= (behind ? 50 : 100);
          unreadFull = unread >= (unreadFull ? 900 : 1_000);
          const fullness = unreadFull ? 'unread_full' : behind ? 'behind' : 'ok';
          const expected = disk === 'ok' ? fullness : disk;
          if (board.condition !== expected) return false;
          if ((board.waiting === null) !== (expected === 'ok')) return false;
          if (board.takes(pending) !== (expected === 'ok' || (expected === 'behind' && pending < 100)))
            return false;
          if (expected !== last && told.shift() !== expected) return false;
          last = expected;
        }
        return told.length === 0;
      }),
    );
  },
);

t.test('who waits is called when the condition is ok again, whichever way it went there', async (t) => {
  const board = new ConditionBoard(LIMITS);
  board.note('ok', 100, 0);
  const waiting = board.waiting;
  board.note('stalled', 100, 0);
  board.note('disk_full', 100, 1_000);
  t.equal(board.waiting, waiting, 'one wait for all of it');
  board.note('ok', 0, 950);
  t.equal(board.condition, 'unread_full');
  board.note('ok', 0, 0);
  await waiting;
  t.equal(board.waiting, null);
});

t.test('who waits is told of the failure', async (t) => {
  const board = new ConditionBoard(LIMITS);
  board.note('disk_full', 0, 0);
  const waiting = board.waiting;
  board.note('failed', 0, 0);
  board.end(new Error('the disk'));
  await t.rejects(waiting ?? Promise.resolve(), { message: 'the disk' });
  await t.rejects(board.waiting ?? Promise.resolve(), { message: 'the disk' }, 'and so is who comes later');
});

t.test('a change that a listener causes is heard by all after what it heard', async (t) => {
  const board = new ConditionBoard(LIMITS);
  const heard: string[] = [];
  board.listen((condition) => {
    if (condition === 'behind') board.note('ok', 0, 0);
  });
  using _second = board.listen((condition) => heard.push(condition));
  board.note('ok', 100, 0);
  t.same(heard, ['behind', 'ok']);
});
