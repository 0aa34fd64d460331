import { currentForMs } from '../../feed/shown-value.ts';

/** A stretch of one vital, as the server sums it up. `t`: its start, aligned to the epoch; ms. */
export interface Bucket {
  readonly t: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

/** A vital with its buckets, oldest first. */
export interface Track {
  readonly vital: string;
  readonly buckets: readonly Bucket[];
}

/** A column as uPlot draws it: null breaks the line, undefined is a place that only another track has, and breaks nothing. */
export type Column = (number | null | undefined)[];

export interface TrendColumns {
  /** Middles of buckets, ms. */
  readonly times: number[];
  /** For each track, in order: lowest, mean and highest. */
  readonly tracks: readonly { readonly min: Column; readonly mean: Column; readonly max: Column }[];
}

/**
 * Columns over one common time axis. A line breaks where a tile would have gone to "unknown": where nothing was measured for
 * longer than three usual intervals of the vital (clinical rule 4).
 */
export function trendColumns(tracks: readonly Track[], resolutionMs: number): TrendColumns {
  const breaks = tracks.map((track) => gapsOf(track, resolutionMs));
  const starts = new Set<number>();
  for (const { buckets } of tracks) for (const { t } of buckets) starts.add(t);
  for (const gaps of breaks) for (const t of gaps) starts.add(t);
  const ordered = [...starts].sort((a, b) => a - b);
  return {
    times: ordered.map((t) => t + resolutionMs / 2),
    tracks: tracks.map(({ buckets }, index) => {
      const byStart = new Map(buckets.map((bucket) => [bucket.t, bucket]));
      const gaps = new Set(breaks[index]);
      const column = (of: 'min' | 'mean' | 'max'): Column =>
        ordered.map((t) => byStart.get(t)?.[of] ?? (gaps.has(t) ? null : undefined));
      return { min: column('min'), mean: column('mean'), max: column('max') };
    }),
  };
}

/** Where a track breaks: the start of the first empty bucket of each gap. */
function gapsOf({ vital, buckets }: Track, resolutionMs: number): readonly number[] {
  const longest = currentForMs(vital);
  return buckets.flatMap(({ t }, i) => {
    const next = buckets[i + 1];
    return next !== undefined && next.t - (t + resolutionMs) > longest ? [t + resolutionMs] : [];
  });
}

/** Indexes of values that stand alone, between gaps: a line shows nothing of them, a point does. */
export function loneIndexes(column: Column): readonly number[] {
  const lone: number[] = [];
  let run: number[] = [];
  const end = (): void => {
    if (run.length === 1) lone.push(...run);
    run = [];
  };
  column.forEach((value, i) => {
    if (value === null) end();
    else if (value !== undefined) run.push(i);
  });
  end();
  return lone;
}

/** Puts a value that was just heard into the newest bucket, or begins one. One that is older than the newest bucket is history. */
export function withLive(
  buckets: readonly Bucket[],
  { t, value }: { readonly t: number; readonly value: number },
  resolutionMs: number,
): readonly Bucket[] {
  const start = Math.floor(t / resolutionMs) * resolutionMs;
  const newest = buckets.at(-1);
  if (newest === undefined || start > newest.t)
    return [...buckets, { t: start, min: value, mean: value, max: value, count: 1 }];
  if (start < newest.t) return buckets;
  const count = newest.count + 1;
  const grown = {
    t: start,
    min: Math.min(newest.min, value),
    mean: newest.mean + (value - newest.mean) / count,
    max: Math.max(newest.max, value),
    count,
  };
  return [...buckets.slice(0, -1), grown];
}

/** The buckets that reach into a stretch. */
export function within(
  buckets: readonly Bucket[],
  { from, to }: { readonly from: number; readonly to: number },
  resolutionMs: number,
): readonly Bucket[] {
  return buckets.filter(({ t }) => t + resolutionMs > from && t < to);
}
