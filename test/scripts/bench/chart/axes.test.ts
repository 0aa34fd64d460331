import t from 'tap';
import { labelColumn } from '../../../../scripts/bench/chart/label-column.ts';
import { linearScale, logarithmicScale } from '../../../../scripts/bench/chart/scale.ts';
import {
  countText,
  linearTicks,
  logarithmicTicks,
  numberText,
} from '../../../../scripts/bench/chart/ticks.ts';
import { wrapped } from '../../../../scripts/bench/chart/wrapped.ts';

t.test('scales map ends to ends, and a decade is as long as the next', async (t) => {
  const linear = linearScale([0, 50], [300, 100]);
  t.same([0, 25, 50].map(linear), [300, 200, 100]);
  const logarithmic = logarithmicScale([1, 1_000], [0, 300]);
  t.same(
    [1, 10, 100, 1_000].map((value) => Math.round(logarithmic(value))),
    [0, 100, 200, 300],
  );
  t.equal(logarithmic(0), 0, 'what has no logarithm stands at the low end');
  t.equal(linearScale([7, 7], [0, 10])(7), 0, 'an axis of one value');
});

t.test('linear ticks are round, hold all values and do not drift', async (t) => {
  t.same(linearTicks(0, 22.7).values, [0, 5, 10, 15, 20, 25]);
  t.same(linearTicks(0, 0.9, 5).values, [0, 0.2, 0.4, 0.6, 0.8, 1]);
  t.same(linearTicks(-3, 9).domain, [-4, 10]);
  t.same(linearTicks(0, 0).domain, [0, 0.2]);
  t.same(linearTicks(0, 6).values, [0, 1, 2, 3, 4, 5, 6]);
});

t.test('logarithmic ticks are 1, 2 and 5, or powers of ten where those are many', async (t) => {
  t.same(logarithmicTicks(500, 10_000).values, [500, 1_000, 2_000, 5_000, 10_000]);
  t.same(logarithmicTicks(0.3, 7).domain, [0.2, 10]);
  t.same(logarithmicTicks(1, 1_000_000).values, [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]);
  t.same(logarithmicTicks(5, 5).domain, [5, 10]);
});

t.test('numbers are as people read them', async (t) => {
  t.same([12_345, 0.03125, 15, 0, Number.NaN, 0.000012].map(numberText), [
    '12,350',
    '0.03125',
    '15',
    '0',
    '-',
    '1.2e-5',
  ]);
  t.equal(countText(1_234_567), '1,234,567');
});

t.test('labels keep their order and never overlap', async (t) => {
  const apart = labelColumn(
    [100, 200].map((at) => ({ at, height: 20 })),
    0,
    300,
  );
  t.same(apart, [100, 200], 'what has room stays');
  const close = labelColumn(
    [105, 95, 100].map((at) => ({ at, height: 20 })),
    0,
    300,
  );
  t.same(close, [120, 80, 100], 'around where they would be');
  const low = labelColumn(
    [298, 299].map((at) => ({ at, height: 30 })),
    0,
    300,
  );
  t.same(low, [255, 285], 'and within the column');
  const many = labelColumn(
    Array.from({ length: 30 }, (_, i) => ({ at: 150 + (i % 3), height: 20 })),
    0,
    300,
  ).toSorted((a, b) => a - b);
  for (const [i, middle] of many.entries())
    t.equal(middle, 10 + i * 20, 'below its end where it is too short');
});

t.test('long names are broken, and cut with an ellipsis', async (t) => {
  t.same(wrapped('product', 10, 2), ['product']);
  t.same(wrapped('product, journal off', 12, 2), ['product,', 'journal off']);
  t.same(wrapped('bare ws that acks each frame', 10, 2), ['bare ws', 'that acks…']);
  t.same(wrapped('abcdefghijklmnop', 10, 2), ['abcdefghi…']);
});
