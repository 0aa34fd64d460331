import t from 'tap';
import { rateChart, rateFigures } from '../../../../scripts/bench/cost/cost-at-rates.ts';

const pair = (bare: number, product: number) => ({
  ...{ 'raw TLS': 1, 'bare ws': bare, 'bare ws that acks': 30, product },
});
const AT = [
  { rate: 40_000, cpu: [pair(8, 16)] },
  { rate: 5_000, cpu: [pair(10, 40), pair(20, 40), pair(30, 40)] },
];

t.test('each rate has its ratio and what both cost', async (t) => {
  const [ratio, bare, product] = rateFigures(AT.slice(1));
  t.match(ratio, { name: 'bare ws / product, 5000 frames/s', value: 0.5, spread: [0.25, 0.75] });
  t.match([bare, product], [{ value: 20 }, { value: 40 }]);
});

t.test('the judged rate is a point of the same lines, in order', async (t) => {
  const chart = rateChart(AT, [pair(9, 20)]);
  t.strictSame(chart.kind === 'lines' && chart.series, [
    {
      name: 'bare ws',
      points: [
        [5_000, 20],
        [22_500, 9],
        [40_000, 8],
      ],
    },
    {
      name: 'product',
      points: [
        [5_000, 40],
        [22_500, 20],
        [40_000, 16],
      ],
    },
  ]);
});
