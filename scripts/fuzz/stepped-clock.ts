import type { Clock, EpochMs, Scheduled } from '../../src/core/clock.ts';

interface Timer {
  due: number;
  readonly everyMs: number | null;
  readonly run: () => void;
}

/** A clock that goes on when it is told to, so that a run depends on its seed alone. */
export class SteppedClock implements Clock {
  readonly #start: EpochMs;
  readonly #timers = new Set<Timer>();
  #elapsed = 0;

  constructor(start: EpochMs) {
    this.#start = start;
  }

  now(): EpochMs {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, run: () => void): Scheduled {
    return this.#add({ due: this.#elapsed + delayMs, everyMs: null, run });
  }

  every(intervalMs: number, run: () => void): Scheduled {
    return this.#add({ due: this.#elapsed + intervalMs, everyMs: intervalMs, run });
  }

  /** Goes on by `ms`; what fell due runs once, in order, like timers of a process that was busy. */
  advance(ms: number): void {
    this.#elapsed += ms;
    const due = [...this.#timers].filter((timer) => timer.due <= this.#elapsed).sort((a, b) => a.due - b.due);
    for (const timer of due) {
      if (!this.#timers.has(timer)) continue;
      if (timer.everyMs === null) this.#timers.delete(timer);
      else timer.due = this.#elapsed + timer.everyMs;
      timer.run();
    }
  }

  #add(timer: Timer): Scheduled {
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }
}
