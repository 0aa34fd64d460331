import fc from 'fast-check';
import t from 'tap';
import { TREND_MS, Trend } from '../../../src/console/feed/trend.ts';

t.test('values of the same five seconds are one point: the newest', async (t) => {
  const trend = new Trend();
  for (const second of [0, 1, 2, 5]) trend.add(second * 1_000, second);
  t.same(trend.points, [
    { t: 2_000, value: 2 },
    { t: 5_000, value: 5 },
  ]);
});

t.test('what is stored goes before what was seen live, and never over it', async (t) => {
  const trend = new Trend();
  trend.add(100_000, 7);
  trend.recall([
    { t: 90_000, value: 5 },
    { t: 100_000, value: 6 },
    { t: 110_000, value: 8 },
  ]);
  t.same(trend.points, [
    { t: 90_000, value: 5 },
    { t: 100_000, value: 7 },
  ]);
});

t.test('it stays in order, within a quarter of an hour and within its bound', async () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4_000_000 }), { maxLength: 2_000 }), (times) => {
      const trend = new Trend();
      for (const at of times) trend.add(at, at);
      const { points } = trend;
      const ordered = points.every(({ t }, i) => i === 0 || t > (points[i - 1]?.t ?? t));
      const newest = points.at(-1)?.t ?? 0;
      return ordered && points.length <= 182 && points.every(({ t }) => t >= newest - TREND_MS);
    }),
  );
});
