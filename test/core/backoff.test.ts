import fc from 'fast-check';
import t from 'tap';
import { fullJitter } from '../../src/core/backoff.ts';

const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

t.test('a wait is never negative, and never longer than the cap or than its attempt allows', async () => {
  const range = fc.record({
    baseMs: fc.integer({ min: 1, max: 10_000 }),
    capMs: fc.integer({ min: 1, max: 1e6 }),
  });
  fc.assert(
    fc.property(fc.nat({ max: 5_000 }), range, draw, (attempt, options, random) => {
      const wait = fullJitter(attempt, options, () => random);
      return wait >= 0 && wait < options.capMs && wait < options.baseMs * 2 ** attempt;
    }),
  );
});

t.test('the window doubles with each attempt up to the cap', async (t) => {
  const options = { baseMs: 100, capMs: 1_000 };
  const half = (attempt: number) => fullJitter(attempt, options, () => 0.5);
  t.same([0, 1, 2, 3, 4, 100].map(half), [50, 100, 200, 400, 500, 500]);
});

t.test('a fleet comes back spread over the whole window', async (t) => {
  const waits = Array.from({ length: 4_000 }, () => fullJitter(5, { baseMs: 100, capMs: 1_000 }));
  const tenths = new Array(10).fill(0);
  for (const wait of waits) tenths[Math.floor(wait / 100)]++;
  // 400 expected in each, standard deviation 19: 8 of them is as good as never by chance.
  t.ok(
    tenths.every((count) => Math.abs(count - 400) < 150),
    tenths.join(' '),
  );
});
