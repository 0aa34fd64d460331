import type { Chart } from '../benchmark.ts';
import type { Markup } from './markup.ts';
import { type Curve, numberMarks, PLOT, plot } from './plot.ts';
import { linearScale, logarithmicScale } from './scale.ts';
import { linearTicks, logarithmicTicks, numberText } from './ticks.ts';

type LinesChart = Extract<Chart, { kind: 'lines' }>;

/** Room beside the first and the last point, so that neither stands on the frame. */
const BESIDE = 14;

/** What a quantity costs as another grows; costs begin at 0, so that nothing small looks large. */
export function linesChart({ title, x, y, series }: LinesChart, id: string): Markup {
  const isLogarithmic = x.logarithmic === true;
  const curves: readonly Curve[] = series.map(({ name, points }) => ({
    name,
    points: points
      .filter(([along, up]) => Number.isFinite(along) && Number.isFinite(up) && (!isLogarithmic || along > 0))
      .toSorted(([a], [b]) => a - b)
      .map(([along, up]) => ({
        ...{ x: along, y: up },
        told: `${name}: ${numberText(up)} (${y.label}) at ${numberText(along)} (${x.label})`,
      })),
  }));
  const all = curves.flatMap(({ points }) => points);
  const along = all.length === 0 ? [1] : all.map((point) => point.x);
  const [first, last] = [Math.min(...along), Math.max(...along)];
  const up = linearTicks(
    Math.min(0, ...all.map((point) => point.y)),
    Math.max(0, ...all.map((point) => point.y)),
  );
  const range = [PLOT.left + BESIDE, PLOT.right - BESIDE] as const;
  const marks = (isLogarithmic ? logarithmicTicks(first, last) : linearTicks(first, last)).values;
  return plot({
    ...{ id, title, curves },
    description: described(x.label, y.label, curves),
    x: {
      label: x.label,
      marks: numberMarks(marks.filter((value) => value >= first && value <= last)),
      scale: (isLogarithmic ? logarithmicScale : linearScale)([first, last], range),
    },
    y: {
      label: y.label,
      marks: numberMarks(up.values),
      scale: (bottom) => linearScale(up.domain, [bottom, PLOT.top]),
    },
  });
}

function described(x: string, y: string, curves: readonly Curve[]): string {
  const told = curves.map(({ name, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return `${name}: no values.`;
    return `${name}: ${numberText(first.y)} at ${numberText(first.x)}, ${numberText(last.y)} at ${numberText(last.x)}.`;
  });
  return `${y} against ${x}. ${told.join(' ')}`;
}
