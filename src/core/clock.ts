/** Milliseconds since the Unix epoch, UTC. */
export type EpochMs = number;

/** A pending call; cancelling twice is harmless. */
export interface Scheduled {
  cancel(): void;
}

/**
 * Where every part of the product gets its time from, so that a demo can run server and devices on one
 * accelerated clock and tests can step it. Delays are in the clock's own milliseconds.
 */
export interface Clock {
  /** Wall time: for stamps on data and for token lifetimes. May jump when the machine's clock is set. */
  now(): EpochMs;
  /** Never jumps: for time-outs, ages and rates. Only differences mean anything. */
  monotonic(): number;
  after(delayMs: number, run: () => void): Scheduled;
  every(intervalMs: number, run: () => void): Scheduled;
}

/** What a timer of Node can hold; a longer delay would run at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. Timers do not keep the process alive: whatever is worth waiting for holds a handle. */
export function systemClock(): Clock {
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    after(delayMs, run) {
      let timer: NodeJS.Timeout;
      const wait = (left: number): void => {
        const next = left > MAX_TIMER_MS ? () => wait(left - MAX_TIMER_MS) : run;
        timer = setTimeout(next, Math.min(left, MAX_TIMER_MS)).unref();
      };
      wait(delayMs);
      return { cancel: () => clearTimeout(timer) };
    },
    every(intervalMs, run) {
      const timer = setInterval(run, intervalMs).unref();
      return { cancel: () => clearInterval(timer) };
    },
  };
}

/**
 * A clock that starts at `origin` and runs `speed` times as fast as the machine's, monotonic and wall alike.
 * Everything that shares it keeps its proportions: a 15 s alarm delay is still 15 s of sample time.
 */
export function acceleratedClock(speed: number, origin: EpochMs = Date.now()): Clock {
  const system = systemClock();
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) * speed;
  return {
    now: () => Math.floor(origin + elapsed()),
    monotonic: elapsed,
    after: (delayMs, run) => system.after(delayMs / speed, run),
    every: (intervalMs, run) => system.every(intervalMs / speed, run),
  };
}

/** Resolves after `delayMs` of the clock's time; rejects with the signal's reason when aborted. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      scheduled.cancel();
      reject(signal?.reason);
    };
    const scheduled = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}
