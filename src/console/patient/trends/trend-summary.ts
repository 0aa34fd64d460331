import type { Track } from './trend-series.ts';

/** One vital over the range, in its own unit. */
export interface VitalSummary {
  readonly vital: string;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Values measured. */
  readonly count: number;
}

/** What each vital was like; of which there is no value, there is no line. */
export function summaryOf(tracks: readonly Track[]): readonly VitalSummary[] {
  return tracks.flatMap(({ vital, buckets }): VitalSummary[] => {
    if (buckets.length === 0) return [];
    let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
    for (const bucket of buckets) {
      min = Math.min(min, bucket.min);
      max = Math.max(max, bucket.max);
      sum += bucket.mean * bucket.count;
      count += bucket.count;
    }
    return [{ vital, min, mean: sum / count, max, count }];
  });
}
