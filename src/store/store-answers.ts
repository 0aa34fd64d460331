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

  /**
   * A lane that writes nothing now leaves the point that it wrote last; null takes it back. While nobody writes other points
   * of its device, writing it once more changes nothing, and shows whether the store takes anything.
   */
  rests(lane: string, last: Point | null): void {
    if (last === null) this.#witnesses.delete(lane);
    else this.#witnesses.set(lane, last);
  }

  /** A point that the store has, and that may be written once more now. */
  get witness(): Point | null {
    return this.#witnesses.values().next().value ?? null;
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
