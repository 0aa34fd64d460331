/** What a sparkline shows. */
export const TREND_MS = 15 * 60_000;
/** One point in so many ms at the most: a tile has some hundred pixels. */
const RESOLUTION_MS = 5_000;

export interface TrendPoint {
  /** Server's clock, ms. */
  readonly t: number;
  readonly value: number;
}

/**
 * The last quarter of an hour of one vital, bounded: 180 points. A point is the newest value of its five seconds; where
 * nothing was measured there is none, and the line breaks.
 */
export class Trend {
  readonly #points: TrendPoint[] = [];

  /** Oldest first. */
  get points(): readonly TrendPoint[] {
    return this.#points;
  }

  /** Takes a value in; one that is older than the newest is not drawn any more. */
  add(t: number, value: number): void {
    const newest = this.#points.at(-1);
    if (newest !== undefined && t < newest.t) return;
    const same =
      newest !== undefined && Math.floor(newest.t / RESOLUTION_MS) === Math.floor(t / RESOLUTION_MS);
    if (same) this.#points[this.#points.length - 1] = { t, value };
    else this.#points.push({ t, value });
    this.#forget(t - TREND_MS);
  }

  /** Puts what is stored of the time before in front of what was seen live. */
  recall(history: readonly TrendPoint[]): void {
    const first = this.#points[0]?.t ?? Number.POSITIVE_INFINITY;
    const before = history.filter(({ t }) => t < first);
    this.#points.unshift(...before);
    const newest = this.#points.at(-1);
    if (newest !== undefined) this.#forget(newest.t - TREND_MS);
  }

  #forget(before: number): void {
    const keep = this.#points.findIndex(({ t }) => t >= before);
    if (keep > 0) this.#points.splice(0, keep);
  }
}
