import type { Vital } from '../../model/vital.ts';
import { currentForMs } from '../feed/shown-value.ts';
import { TREND_MS, type TrendPoint } from '../feed/trend.ts';

/** A stretch without a value is a gap when it is longer than this, whatever the vital: points are 5 to 10 s apart. Milliseconds. */
const LEAST_GAP_MS = 25_000;
/** Changes smaller than this are drawn as small, in the vital's unit. */
const LEAST_SPAN: Readonly<Record<Vital, number>> = {
  ...{ heart_rate: 20, pulse_rate: 20, resp_rate: 8, spo2: 6, body_temp: 1, skin_temp: 2 },
  ...{ systolic_bp: 30, diastolic_bp: 30, mean_bp: 30, glucose: 40, steps: 50 },
};

/** The box that a path is for: a quarter of an hour wide, from top to bottom. */
export const SPARK = { width: TREND_MS / 1_000, height: 100 } as const;

/** An SVG path of the last quarter of an hour before `now`, in the box `SPARK`; it breaks where nothing was measured. */
export function sparkPath(vital: Vital, points: readonly TrendPoint[], now: number): string {
  const seen = points.filter(({ t }) => t >= now - TREND_MS && t <= now);
  if (seen.length === 0) return '';
  const values = seen.map(({ value }) => value);
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(max - min, LEAST_SPAN[vital]);
  const top = (min + max + span) / 2;
  const gap = Math.max(LEAST_GAP_MS, currentForMs(vital));
  let path = '';
  let before = Number.NEGATIVE_INFINITY;
  for (const { t, value } of seen) {
    const x = SPARK.width - (now - t) / 1_000;
    const y = ((top - value) / span) * SPARK.height;
    // A point alone is drawn as a dot: a line of no length with round ends.
    path += t - before > gap ? `M${x.toFixed(1)} ${y.toFixed(1)}h0` : `L${x.toFixed(1)} ${y.toFixed(1)}`;
    before = t;
  }
  return path;
}
