import t from 'tap';
import { leastSquaresSlope, stepSlopes } from '../../../../scripts/bench/growth/slope.ts';

t.test(
  'the slope of a straight line is found, and what surrounds it evenly does not change it',
  async (t) => {
    t.equal(
      leastSquaresSlope([
        [500, 1_070],
        [1_000, 2_070],
        [10_000, 20_070],
      ]),
      2,
    );
    const around: [number, number][] = [
      [0, 1],
      [0, -1],
      [10, 31],
      [10, 29],
    ];
    t.equal(leastSquaresSlope(around), 3);
  },
);

t.test('one size has no slope', async (t) => {
  t.ok(Number.isNaN(leastSquaresSlope([[500, 7]])));
});

t.test('steps are the slopes between neighbours', async (t) => {
  t.strictSame(
    stepSlopes([
      [0, 0],
      [10, 20],
      [20, 30],
    ]),
    [2, 1],
  );
});
