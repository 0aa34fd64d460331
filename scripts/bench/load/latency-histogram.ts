import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Microseconds; two significant digits would hide what a ratio of 1.05 is about, so three. */
const UNITS_PER_MS = 1_000;
const HIGHEST_US = 120_000_000;
const QUANTILES = [50, 75, 90, 95, 99, 99.5, 99.9, 99.99, 100] as const;

/** A distribution of latencies as it goes from process to process and into a chart. Milliseconds. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  /** By percentile. */
  readonly quantiles: readonly { readonly percentile: number; readonly ms: number }[];
}

/** Latencies in an HDR histogram (Node's own, in native code): as good at the tail as in the middle, and of fixed size. */
export class LatencyHistogram {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: HIGHEST_US, figures: 3 });

  /** @param ms what came before it was due counts as a microsecond */
  add(ms: number): void {
    this.#histogram.record(Math.min(HIGHEST_US, Math.max(1, Math.round(ms * UNITS_PER_MS))));
  }

  get count(): number {
    return this.#histogram.count;
  }

  /** Milliseconds; 0 when nothing was measured. */
  percentile(percentile: number): number {
    return this.#histogram.count === 0 ? 0 : this.#histogram.percentile(percentile) / UNITS_PER_MS;
  }

  summary(): LatencySummary {
    const { count } = this.#histogram;
    return {
      count,
      mean: count === 0 ? 0 : this.#histogram.mean / UNITS_PER_MS,
      max: count === 0 ? 0 : this.#histogram.max / UNITS_PER_MS,
      quantiles: QUANTILES.map((percentile) => ({ percentile, ms: this.percentile(percentile) })),
    };
  }
}

/** Of a summary that has this percentile. Milliseconds. */
export function quantileOf(summary: LatencySummary, percentile: (typeof QUANTILES)[number]): number {
  return summary.quantiles.find((quantile) => quantile.percentile === percentile)?.ms ?? Number.NaN;
}
