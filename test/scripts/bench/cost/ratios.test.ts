import t from 'tap';
import { medianIn, ratioOf } from '../../../../scripts/bench/cost/ratios.ts';

const PAIRS = [
  { bare: 10, product: 20 },
  { bare: 30, product: 40 },
  { bare: 9, product: 10 },
];

t.test('a ratio is taken within each pair, and its median over them', async (t) => {
  t.same(ratioOf(PAIRS, 'bare', 'product'), { value: 0.75, spread: [0.5, 0.9] });
  t.same(medianIn(PAIRS, 'product'), { value: 20, spread: [10, 40] });
});

t.test('of an even number the middle two count', async (t) => {
  t.same(ratioOf(PAIRS.slice(0, 2), 'bare', 'product'), { value: 0.625, spread: [0.5, 0.75] });
});
