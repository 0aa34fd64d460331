import * as fc from 'fast-check';
import t from 'tap';
import { sweepPlace, sweepSpans } from '../../../src/console/trace/sweep-span.ts';

t.test('a moment has a place', async (t) => {
  t.equal(sweepPlace(2_500, 1_000), 0.5);
  t.equal(sweepPlace(-250, 1_000), 0.75);
});

t.test('what lies between two moments', async (t) => {
  t.same(sweepSpans(2_250, 2_500, 1_000), [{ from: 0.25, to: 0.5 }]);
  t.same(sweepSpans(2_750, 3_250, 1_000), [
    { from: 0.75, to: 1 },
    { from: 0, to: 0.25 },
  ]);
  t.same(sweepSpans(2_750, 3_000, 1_000), [{ from: 0.75, to: 1 }]);
  t.same(sweepSpans(0, 5_000, 1_000), [{ from: 0, to: 1 }]);
  t.same(sweepSpans(500, 500, 1_000), []);
  t.same(sweepSpans(500, 400, 1_000), []);
});

t.test('as wide as the time is long, and never beyond the edges', async () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e12, noNaN: true }),
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 500, max: 60_000 }),
      (from, length, lasts) => {
        const spans = sweepSpans(from, from + length, lasts);
        const width = spans.reduce((sum, span) => sum + span.to - span.from, 0);
        return (
          Math.abs(width - Math.min(1, length / lasts)) < 1e-3 &&
          spans.every((span) => span.from >= 0 && span.to <= 1)
        );
      },
    ),
    { numRuns: 300 },
  );
});
