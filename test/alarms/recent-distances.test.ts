import fc from 'fast-check';
import t from 'tap';
import { RecentDistances } from '../../src/alarms/recent-distances.ts';

/** Runs of the same, as of everything that keeps time, and what comes in between. */
const distances = fc
  .array(fc.tuple(fc.constantFrom(0, 999, 1_000, 1_000, 1_000.5, 60_000), fc.integer({ min: 1, max: 20 })), {
    maxLength: 8,
  })
  .map((runs) => runs.flatMap(([distance, times]) => Array.from({ length: times }, () => distance)));

t.test(
  'the last 16 are remembered, whatever came, and their quantiles are those of the last 16',
  async () => {
    fc.assert(
      fc.property(distances, fc.nat(100), (all, taken) => {
        // Taken up from what was written down on the way.
        let recent = new RecentDistances();
        const kept: number[] = [];
        for (const [i, distance] of all.entries()) {
          if (i === taken) recent = new RecentDistances(recent.list());
          recent.remember(distance);
          kept.push(distance);
          if (kept.length > 16) kept.shift();
          const sorted = kept.toSorted((a, b) => a - b);
          if (JSON.stringify(recent.list().toSorted((a, b) => a - b)) !== JSON.stringify(sorted))
            throw new Error(`${i}: ${recent.list()} instead of ${kept}`);
          for (const q of [0.25, 0.5, 0.25]) {
            if (recent.quantile(q) !== sorted[Math.floor((sorted.length - 1) * q)])
              throw new Error(`${i}: ${q} is ${recent.quantile(q)} of ${sorted}`);
          }
        }
        if (JSON.stringify(recent.list()) !== JSON.stringify(kept)) throw new Error(`${recent.list()}`);
        if (recent.isEnough !== kept.length >= 4) throw new Error(`${kept.length} are not counted`);
      }),
      { numRuns: 300 },
    );
  },
);

t.test('of nothing the quantile is 0', async (t) => {
  t.equal(new RecentDistances().quantile(0.5), 0);
});
