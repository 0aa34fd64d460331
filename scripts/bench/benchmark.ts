import type { LatencySummary } from './load/latency-histogram.ts';

/** How much of a benchmark is run. */
export interface BenchContext {
  /** Shorter and smaller: shows that it runs, and gives no figure to rely on. */
  readonly quick: boolean;
  /** Where the profiles of the product's servers go; null: they are not profiled. */
  readonly profile: string | null;
  readonly signal: AbortSignal;
  readonly show: (progress: string) => void;
}

/** The targets of docs/performance.md. */
export type TargetId = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8' | 'P9' | 'P10';

/** One line of a benchmark's table. */
export interface Figure {
  /** The target that it is judged by; several figures may share one, which then is met when all of them are. */
  readonly target?: TargetId;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Least and greatest of the blocks that the value is the median of. */
  readonly spread?: readonly [least: number, greatest: number];
  /** What it is to be at most; absent: it is told, not judged. */
  readonly at_most?: number;
  /** What it is to be at least. */
  readonly at_least?: number;
}

/** What one block of a benchmark sent, and what became of it: speed is worthless without. */
export interface BlockCount {
  /** What was measured: `product`, `bare ws`, ... */
  readonly subject: string;
  readonly acked: number;
  /** Found in the journal, in order and once; null: what was measured has none. */
  readonly journaled: number | null;
}

/** A curve of a chart: what a quantity costs as another grows. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a chart shows of a benchmark. */
export type Chart =
  | {
      readonly kind: 'lines';
      readonly title: string;
      readonly x: { readonly label: string; readonly logarithmic?: boolean };
      readonly y: { readonly label: string };
      readonly series: readonly Series[];
    }
  | {
      readonly kind: 'latencies';
      readonly title: string;
      readonly distributions: readonly { readonly name: string; readonly latency: LatencySummary }[];
    }
  | {
      readonly kind: 'bars';
      readonly title: string;
      readonly y: { readonly label: string };
      readonly bars: readonly { readonly name: string; readonly value: number }[];
    };

export interface BenchResult {
  readonly figures: readonly Figure[];
  readonly blocks?: readonly BlockCount[];
  readonly charts?: readonly Chart[];
  /** What whoever reads the figures must know: void blocks, what was not as planned. */
  readonly notes: readonly string[];
}

/** A named measurement; timings vary, so that what counts is a ratio taken within one run. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  /** The targets that it measures. */
  readonly targets?: readonly TargetId[];
  /** It judges nothing and takes long: `--quick` leaves it out, and says so, unless it is asked for by name. */
  readonly quick?: 'only_when_asked';
  /** What it needs and is not here, and the cure; null: nothing. It is not run then, which is no failure. */
  readonly missing?: () => string | null;
  /** @throws whatever kept it from measuring: that is told, and the other benchmarks are run */
  readonly run: (context: BenchContext) => Promise<BenchResult>;
}

/** Whether a figure is what it is to be; null: it is not judged. */
export function isMet({ value, at_most, at_least }: Figure): boolean | null {
  if (at_most === undefined && at_least === undefined) return null;
  return value <= (at_most ?? Number.POSITIVE_INFINITY) && value >= (at_least ?? Number.NEGATIVE_INFINITY);
}

/** The median of values, and their spread. */
export function medianOf(values: readonly number[]): {
  readonly value: number;
  readonly spread: readonly [number, number];
} {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  return { value: (lower + upper) / 2, spread: [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN] };
}
