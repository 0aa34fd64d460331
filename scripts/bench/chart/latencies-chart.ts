import type { Chart } from '../benchmark.ts';
import type { LatencySummary } from '../load/latency-histogram.ts';
import type { Markup } from './markup.ts';
import { type Curve, numberMarks, PLOT, plot } from './plot.ts';
import { linearScale, logarithmicScale } from './scale.ts';
import { countText, linearTicks, logarithmicTicks, numberText } from './ticks.ts';

type LatenciesChart = Extract<Chart, { kind: 'latencies' }>;

/** Percentiles that the axis may name. */
const NAMED = [50, 90, 99, 99.9, 99.99, 99.999, 99.9999];
/** Above this ratio of greatest to least a linear axis would show the slowest alone. */
const TWO_DECADES = 100;
const BESIDE = 14;

/** One of how many is slower than a percentile: 100 of the 99th. This is what the axis is logarithmic in. */
export function oneIn(percentile: number): number {
  return 1 / (1 - percentile / 100);
}

/** Distributions as percentile plots: the tail gets as much room as the middle. */
export function latenciesChart({ title, distributions }: LatenciesChart, id: string): Markup {
  const curves = distributions.map(({ name, latency }): Curve => ({ name, points: pointsOf(name, latency) }));
  const all = curves.flatMap(({ points }) => points);
  const heights = all.length === 0 ? [1] : all.map(({ y }) => y);
  const [least, greatest] = [Math.min(...heights), Math.max(...heights)];
  const isLogarithmic = least > 0 && greatest / least > TWO_DECADES;
  const up = isLogarithmic ? logarithmicTicks(least, greatest) : linearTicks(0, greatest);
  const last = Math.max(oneIn(99), ...all.map(({ x }) => x));
  return plot({
    ...{ id, title, curves },
    description: described(distributions),
    x: {
      label: 'percentile',
      marks: NAMED.filter((percentile) => oneIn(percentile) <= last * 1.0001).map((percentile) => ({
        at: oneIn(percentile),
        text: `${percentile} %`,
      })),
      scale: logarithmicScale([oneIn(50), last], [PLOT.left + BESIDE, PLOT.right - BESIDE]),
    },
    y: {
      label: isLogarithmic ? 'latency, ms (logarithmic)' : 'latency, ms',
      marks: numberMarks(up.values),
      scale: (bottom) => (isLogarithmic ? logarithmicScale : linearScale)(up.domain, [bottom, PLOT.top]),
    },
  });
}

/** What the samples can tell: of 200 nobody knows a 99.99th percentile. The slowest of n stands at 1 in n. */
function pointsOf(name: string, { count, quantiles, max }: LatencySummary): Curve['points'] {
  const known = quantiles.filter(
    ({ percentile, ms }) =>
      percentile >= 50 && percentile < 100 && oneIn(percentile) < count && Number.isFinite(ms),
  );
  const points = known.map(({ percentile, ms }) => ({
    ...{ x: oneIn(percentile), y: ms },
    told: `${name}: p${percentile} ${numberText(ms)} ms`,
  }));
  if (count < 2 || !Number.isFinite(max)) return points;
  return [
    ...points,
    { x: count, y: max, told: `${name}: slowest of ${countText(count)} ${numberText(max)} ms` },
  ];
}

function described(distributions: LatenciesChart['distributions']): string {
  const told = distributions.map(({ name, latency }) => {
    if (latency.count === 0) return `${name}: nothing was measured.`;
    const quantiles = latency.quantiles
      .filter(({ percentile }) => [50, 99, 99.9].includes(percentile))
      .map(({ percentile, ms }) => `p${percentile} ${numberText(ms)} ms`);
    return `${name}: ${[...quantiles, `slowest ${numberText(latency.max)} ms`].join(', ')}, of ${countText(latency.count)}.`;
  });
  return `Latency by percentile. ${told.join(' ')}`;
}
