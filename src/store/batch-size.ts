/** Bounds and pace of `BatchSize`; sizes in moments, times in milliseconds. */
export interface BatchSizeOptions {
  /** Default 5,000. */
  readonly first?: number;
  /** Default 500: smaller writes cost the store more than they help it. */
  readonly least?: number;
  /** Default 20,000: about 2 MB of line protocol, well below what any version or a proxy takes. */
  readonly most?: number;
  /** Added after a quick write. Default 500. */
  readonly step?: number;
  /** A write is quick up to this. Default 100: whoever asks the embedded store waits behind the write under way. */
  readonly quickMs?: number;
  /** And slow from this on. Default 1,000. */
  readonly slowMs?: number;
}

/** A write over a network may take so long and still be quick: the way is long, not the store slow. Milliseconds. */
const QUICK_FAR_MS = 500;

/**
 * The size for a store: one that takes several writes at once is on a network, and nobody's query waits behind a write.
 * @param parallelWrites of the store
 */
export function batchSizeFor(parallelWrites: number, options: BatchSizeOptions = {}): BatchSize {
  return new BatchSize(parallelWrites > 1 ? { quickMs: QUICK_FAR_MS, ...options } : options);
}

/**
 * How much goes into one write: grows by a step while full writes are quick, halves when one fails in a way that passes
 * or is slow, so that a store in distress is asked for less at a time. What is halved is the size that the write had:
 * several writes that fail at once halve it once.
 */
export class BatchSize {
  readonly #least: number;
  readonly #step: number;
  readonly #quickMs: number;
  readonly #slowMs: number;
  #most: number;
  #moments: number;

  constructor(options: BatchSizeOptions = {}) {
    const { first = 5_000, least = 500, most = 20_000, step = 500, quickMs = 100, slowMs = 1_000 } = options;
    this.#least = Math.min(least, most);
    this.#most = most;
    this.#step = step;
    this.#quickMs = quickMs;
    this.#slowMs = slowMs;
    this.#moments = Math.min(most, Math.max(this.#least, first));
  }

  /** Moments a write may hold now. */
  get moments(): number {
    return this.#moments;
  }

  /** A write of `moments` took `tookMs`. One that was not half full says nothing about a larger one. */
  written(moments: number, tookMs: number): void {
    if (tookMs >= this.#slowMs) this.#halve(moments);
    else if (tookMs <= this.#quickMs && moments >= this.#moments / 2) {
      this.#moments = Math.min(this.#most, this.#moments + this.#step);
    }
  }

  /** A write of `moments` failed in a way that passes. */
  failed(moments: number): void {
    this.#halve(moments);
  }

  /** A write of `moments` was too large for whoever takes it: half of it is the most from now on. */
  tooLarge(moments: number): void {
    this.#most = Math.max(this.#least, Math.min(this.#most, Math.floor(moments / 2)));
    this.#halve(moments);
  }

  #halve(moments: number): void {
    const half = Math.floor(moments / 2);
    this.#moments = Math.min(this.#moments, this.#most, Math.max(this.#least, half));
  }
}
