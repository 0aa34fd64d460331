import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastSquaresSlope, stepSlopes } from '../../../../scripts/bench/growth/slope.ts';

test('the slope of a straight line is found, and what surrounds it evenly does not change it', () => {
  assert.equal(
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
  assert.equal(leastSquaresSlope(around), 3);
});

test('one size has no slope', () => {
  assert.ok(Number.isNaN(leastSquaresSlope([[500, 7]])));
});

test('steps are the slopes between neighbours', () => {
  assert.deepEqual(
    stepSlopes([
      [0, 0],
      [10, 20],
      [20, 30],
    ]),
    [2, 1],
  );
});
