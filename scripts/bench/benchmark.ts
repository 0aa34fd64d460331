/** How much of a benchmark is run. */
export interface BenchContext {
  /** Shorter and smaller: shows that it runs, and gives no figure to rely on. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  readonly show: (progress: string) => void;
}

/** One line of a benchmark's table. */
export interface Figure {
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

export interface BenchResult {
  readonly figures: readonly Figure[];
  /** What whoever reads the figures must know: void blocks, what was not as planned. */
  readonly notes: readonly string[];
}

/** A named measurement; timings vary, so that what counts is a ratio taken within one run. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
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
