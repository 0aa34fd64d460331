import { sleep, systemClock } from '../../src/core/clock.ts';

const POLL_MS = 50;

/** Resolves with whether it came true in time. Rejects when the signal aborts. */
export async function until(isTrue: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > end) return false;
    await sleep(systemClock(), POLL_MS, signal);
  }
  return true;
}
