import t from 'tap';
import { ASK_AGAIN_MS, MOST_TRACES, traceTurns } from '../../../src/console/ward/trace-turns.ts';

const ORDER = Array.from({ length: 12 }, (_, i) => `p-${i + 1}`);

t.test('the first ones of the ward, and no more than eight', async (t) => {
  t.same([...traceTurns(ORDER, new Map(), 0)], ORDER.slice(0, MOST_TRACES));
});

t.test('who gives none gives way, and is asked again later', async (t) => {
  const none = new Map([['p-2', 1_000]]);
  t.same([...traceTurns(ORDER, none, 2_000)], ['p-1', ...ORDER.slice(2, 9)]);
  t.ok(traceTurns(ORDER, none, 1_000 + ASK_AGAIN_MS).has('p-2'));
});
