import { type Clock, sleep } from '../core/clock.ts';
import type { Point } from './point.ts';

/** How long a pause is at least, and at most. Milliseconds. */
export interface Pause {
  readonly leastMs: number;
  readonly mostMs: number;
}

/**
 * What writes to a store beside each other tell each other of it: once one of them is taken, the store is back, and none of
 * the others sleeps on to the end of a pause that had grown while it was away. A round is as late as its last write.
 */
export class StoreAnswers {
  readonly #wake = new Set<() => void>();
  readonly #witnesses = new Map<string, Point>();
  /** Witnesses that are being written, by the lane that left them. */
  readonly #lent = new Map<string, Set<Promise<unknown>>>();

  /**
   * A lane that writes nothing now leaves the point that it wrote last; null takes it back. While nobody writes other points
   * of its device, writing it once more changes nothing, and shows whether the store takes anything.
   */
  rests(lane: string, last: Point | null): void {
    if (last === null) this.#witnesses.delete(lane);
    else this.#witnesses.set(lane, last);
  }

  /**
   * Takes back what a lane left, and waits for those who write it just now: what the lane writes next may be a newer state
   * of the same point, which the older must not follow.
   */
  async resumes(lane: string): Promise<void> {
    this.#witnesses.delete(lane);
    await Promise.allSettled(this.#lent.get(lane) ?? []);
  }

  /** Writes a point that the store has, and that may be written once more now; null: there is none. */
  async lend<T>(write: (witness: Point) => Promise<T>): Promise<T | null> {
    const [entry] = this.#witnesses;
    if (entry === undefined) return null;
    const [lane, witness] = entry;
    const writing = write(witness);
    const lent = this.#lent.get(lane) ?? new Set();
    this.#lent.set(lane, lent.add(writing));
    try {
      return await writing;
    } finally {
      lent.delete(writing);
      if (lent.size === 0) this.#lent.delete(lane);
    }
  }

  /** A write was taken. */
  taken(): void {
    for (const wake of this.#wake) wake();
  }

  /** Waits for the most of a pause; for its least only, when a write is taken meanwhile. Rejects on abort. */
  async pause(clock: Clock, { leastMs, mostMs }: Pause, signal: AbortSignal): Promise<void> {
    const taken = Promise.withResolvers<void>();
    this.#wake.add(taken.resolve);
    const rest = new AbortController();
    try {
      await sleep(clock, leastMs, signal);
      const stop = AbortSignal.any([signal, rest.signal]);
      await Promise.race([taken.promise, sleep(clock, Math.max(0, mostMs - leastMs), stop)]);
    } finally {
      this.#wake.delete(taken.resolve);
      rest.abort();
    }
  }
}
