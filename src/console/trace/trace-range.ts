/** What values lie at the lower and the upper edge of a trace. */
export interface TraceRange {
  readonly low: number;
  readonly high: number;
}

interface Extremes {
  readonly min: number;
  readonly max: number;
}

/** Air above and below what is seen, as a share of it. */
const AIR = 0.15;
/** A trace that fills less of its height than this is drawn larger. */
const TOO_SMALL = 0.45;

/**
 * The range for a trace without a scale of its own (ppg, resp). It changes only when values leave it, or have become much
 * smaller than it: a trace that is drawn anew at every breath can't be read.
 * @param least the span below which nothing is made larger, lest noise look like a signal
 */
export function fittingRange(before: TraceRange | null, seen: Extremes, least: number): TraceRange {
  const span = Math.max(least, seen.max - seen.min);
  if (before !== null) {
    const inside = seen.min >= before.low && seen.max <= before.high;
    if (inside && span >= TOO_SMALL * (before.high - before.low)) return before;
  }
  const middle = (seen.min + seen.max) / 2;
  const half = span * (0.5 + AIR);
  return { low: middle - half, high: middle + half };
}

/**
 * The range for a trace of fixed scale (ECG: so many mV in the height there is). Only its middle moves, and only when values
 * leave it: a baseline wanders.
 */
export function fixedRange(before: TraceRange | null, seen: Extremes, span: number): TraceRange {
  const middle = (seen.min + seen.max) / 2;
  if (before !== null && nearly(before.high - before.low, span)) {
    if (seen.min >= before.low && seen.max <= before.high) return before;
    // What is higher than the display is cut off: that it is so is no reason to move.
    const off = Math.abs(middle - (before.low + before.high) / 2);
    if (seen.max - seen.min > span && off < span / 4) return before;
  }
  return { low: middle - span / 2, high: middle + span / 2 };
}

function nearly(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
