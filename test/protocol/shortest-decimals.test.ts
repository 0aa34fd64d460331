import fc from 'fast-check';
import t from 'tap';
import { shortestDecimals } from '../../src/protocol/shortest-decimals.ts';

function shortened(values: readonly number[], rounding = Math.fround): number[] {
  const doubles = new Float64Array(Float32Array.from(values));
  shortestDecimals(doubles, rounding);
  return Array.from(doubles);
}

t.test('decimal fractions that were sent as floats are themselves again', async (t) => {
  const values = [0.1234, -0.0123, 1.1, 0, 3, 120.5, 0.00488, -2047];
  t.strictSame(shortened(values), values);
});

t.test('with so many decimals as a trace of that precision has', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.integer({ min: -99_999, max: 99_999 }), { minLength: 1 }),
      (decimals, numbers) => {
        const values = numbers.map((number) => Number((number / 10 ** decimals).toFixed(decimals)));
        t.strictSame(shortened(values), values);
      },
    ),
  );
});

t.test('whatever the float, what comes is that float', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true }), { minLength: 1 }), (values) => {
      t.strictSame(shortened(values).map(Math.fround), values);
    }),
    { numRuns: 300 },
  );
});

t.test('16-bit floats have fewer digits', async (t) => {
  const doubles = new Float64Array(Float16Array.of(0.1234, 0.5, -1.1));
  shortestDecimals(doubles, Math.f16round);
  t.strictSame(Array.from(doubles, Math.f16round), Array.from(Float16Array.of(0.1234, 0.5, -1.1)));
  t.ok(
    doubles.every((value) => String(value).length <= 7),
    Array.from(doubles).join(),
  );
});

t.test('what is no number makes the others no longer', async (t) => {
  t.strictSame(shortened([0.1, Number.NaN, Number.POSITIVE_INFINITY, 0.3]), [
    0.1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    0.3,
  ]);
});
