import type { Clock, EpochMs, Scheduled } from '../../src/core/clock.ts';

interface Timer {
  due: number;
  readonly everyMs: number | null;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Goes on by `ms`, running every timer that falls due, in order of time and then of setting. */
  advance(ms: number): void;
  /** Sets the wall clock forth or back as an administrator would: timers and ages do not notice. */
  jump(ms: number): void;
  /** Timers that wait. */
  readonly pending: number;
}

/** 14 November 2023: any time that is not near 0, so that times before it exist. */
export const CLOCK_START: EpochMs = 1_700_000_000_000;

export function manualClock(start: EpochMs = CLOCK_START): ManualClock {
  let elapsed = 0;
  let offset = start;
  let timers: Timer[] = [];
  const add = (timer: Timer): Scheduled => {
    timers.push(timer);
    return {
      cancel: () => {
        timers = timers.filter((one) => one !== timer);
      },
    };
  };
  const nextDue = (until: number): Timer | undefined =>
    timers.filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
  return {
    now: () => offset + elapsed,
    monotonic: () => elapsed,
    after: (delayMs, run) => add({ due: elapsed + delayMs, everyMs: null, run }),
    every: (intervalMs, run) => add({ due: elapsed + intervalMs, everyMs: intervalMs, run }),
    advance(ms) {
      const until = elapsed + ms;
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        elapsed = Math.max(elapsed, timer.due);
        if (timer.everyMs === null) timers = timers.filter((one) => one !== timer);
        else timer.due += timer.everyMs;
        timer.run();
      }
      elapsed = until;
    },
    jump(ms) {
      offset += ms;
    },
    get pending() {
      return timers.length;
    },
  };
}
