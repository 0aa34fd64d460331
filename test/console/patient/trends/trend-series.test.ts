import fc from 'fast-check';
import t from 'tap';
import {
  type Bucket,
  loneIndexes,
  trendColumns,
  within,
  withLive,
} from '../../../../src/console/patient/trends/trend-series.ts';

const S = 1_000;
const bucket = (t: number, mean: number): Bucket => ({ t, min: mean - 1, mean, max: mean + 1, count: 5 });

t.test('a line breaks where a tile would have gone to unknown, and not before', async (t) => {
  const buckets = [bucket(0, 70), bucket(15 * S, 71), bucket(35 * S, 72)];
  const { times, tracks } = trendColumns([{ vital: 'heart_rate', buckets }], 5 * S);
  // Between 5 s and 15 s: 10 s without a value is still current. Between 20 s and 35 s: it is not.
  t.same(times, [2.5 * S, 17.5 * S, 22.5 * S, 37.5 * S]);
  t.same(tracks[0]?.mean, [70, 71, null, 72]);
  t.same(tracks[0]?.min, [69, 70, null, 71]);
  t.same(tracks[0]?.max, [71, 72, null, 73]);
});

t.test('a pressure every quarter of an hour is one line; two hours without one break it', async (t) => {
  const M = 60 * S;
  const buckets = [0, 15, 30, 150].map((minutes) => bucket(minutes * M, 120));
  const { tracks } = trendColumns([{ vital: 'systolic_bp', buckets }], M);
  t.same(tracks[0]?.mean, [120, 120, 120, null, 120]);
});

t.test('what only the other vital has breaks nothing', async (t) => {
  const { times, tracks } = trendColumns(
    [
      { vital: 'heart_rate', buckets: [bucket(0, 70), bucket(10 * S, 72)] },
      { vital: 'pulse_rate', buckets: [bucket(5 * S, 69)] },
    ],
    5 * S,
  );
  t.same(times, [2.5 * S, 7.5 * S, 12.5 * S]);
  t.same(tracks[0]?.mean, [70, undefined, 72]);
  t.same(tracks[1]?.mean, [undefined, 69, undefined]);
});

t.test('values between gaps are points of their own', async (t) => {
  t.same(loneIndexes([1, null, 2, undefined, null, 3, 4]), [0, 2]);
  t.same(loneIndexes([undefined, 5, undefined]), [1]);
  t.same(loneIndexes([]), []);
});

t.test('a live value goes into the newest bucket, begins one, and leaves history alone', async (t) => {
  const before = [bucket(0, 70), { t: 5 * S, min: 60, mean: 60, max: 60, count: 1 }];
  t.same(withLive(before, { t: 9 * S, value: 80 }, 5 * S)[1], {
    t: 5 * S,
    min: 60,
    mean: 70,
    max: 80,
    count: 2,
  });
  t.same(withLive(before, { t: 10 * S, value: 80 }, 5 * S)[2], {
    t: 10 * S,
    min: 80,
    mean: 80,
    max: 80,
    count: 1,
  });
  t.equal(withLive(before, { t: 4 * S, value: 80 }, 5 * S), before);
});

t.test('live values give the buckets that the server would', async (t) => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ step: fc.integer({ min: 1, max: 9_000 }), value: fc.integer({ min: 1, max: 250 }) }),
        {
          maxLength: 60,
        },
      ),
      (heard) => {
        let at = 0;
        const values = heard.map(({ step, value }) => {
          at += step;
          return { t: at, value };
        });
        const live = values.reduce<readonly Bucket[]>((all, one) => withLive(all, one, 5 * S), []);
        const grouped = Map.groupBy(values, ({ t }) => Math.floor(t / (5 * S)) * 5 * S);
        return [...grouped].every(([start, group], i) => {
          const numbers = group.map(({ value }) => value);
          const got = live[i];
          const mean = numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
          return (
            got?.t === start &&
            got.count === numbers.length &&
            got.min === Math.min(...numbers) &&
            got.max === Math.max(...numbers) &&
            Math.abs(got.mean - mean) < 1e-9
          );
        });
      },
    ),
  );
  t.pass();
});

t.test('a bucket that reaches into the stretch is in it', async (t) => {
  const buckets = [bucket(0, 1), bucket(5 * S, 2), bucket(10 * S, 3)];
  t.same(
    within(buckets, { from: 6 * S, to: 10 * S }, 5 * S).map(({ mean }) => mean),
    [2],
  );
});
