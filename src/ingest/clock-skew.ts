import type { EpochMs } from '../core/clock.ts';

/** A device clock that differs by less is taken as right. */
const TOLERATED_MS = 5_000;
/** Samples this close to a clock were measured by it. */
const CLOSE_MS = 60_000;

/**
 * How far a device's clock is from the server's, as it said at `hello`, until its samples show that it was corrected. That
 * the server's own clock was set is seen by the monotonic one, or everything measured after that would look late.
 */
export class ClockSkew {
  #skew: number;
  /** Server time less monotonic time: another when the server's clock was set. */
  #offset: number;

  constructor(helloTime: EpochMs, now: EpochMs, monotonic: number) {
    this.#skew = untolerated(helloTime - now);
    this.#offset = now - monotonic;
  }

  /** Device clock minus server clock, in ms; 0 when within what is tolerated. */
  get skew(): number {
    return this.#skew;
  }

  /**
   * Looks at a frame's samples as they came: a clock that was set right after `hello` (the radio found the time) must
   * not make everything that follows look hours late or early.
   */
  notice(samples: readonly unknown[], now: EpochMs, monotonic: number): void {
    const set = untolerated(now - monotonic - this.#offset);
    if (set !== 0) {
      this.#skew = untolerated(this.#skew - set);
      this.#offset += set;
    }
    if (this.#skew === 0) return;
    const newest = samples.reduce(
      (t: number, sample) => Math.max(t, timeOf(sample)),
      Number.NEGATIVE_INFINITY,
    );
    const byServer = Math.abs(newest - now);
    const byDevice = Math.abs(newest - now - this.#skew);
    if (byServer <= CLOSE_MS && byDevice > CLOSE_MS) this.#skew = 0;
  }
}

function untolerated(ms: number): number {
  return Math.abs(ms) > TOLERATED_MS ? ms : 0;
}

function timeOf(sample: unknown): number {
  const t = typeof sample === 'object' && sample !== null && 't' in sample ? sample.t : null;
  return typeof t === 'number' ? t : Number.NEGATIVE_INFINITY;
}
