import t from 'tap';
import { summaryOf } from '../../../../src/console/patient/trends/trend-summary.ts';

t.test('the mean counts values, not buckets; a vital without any has no line', async (t) => {
  const buckets = [
    { t: 0, min: 60, mean: 70, max: 80, count: 9 },
    { t: 5_000, min: 50, mean: 50, max: 50, count: 1 },
  ];
  t.same(
    summaryOf([
      { vital: 'heart_rate', buckets },
      { vital: 'glucose', buckets: [] },
    ]),
    [{ vital: 'heart_rate', min: 50, mean: 68, max: 80, count: 10 }],
  );
});
