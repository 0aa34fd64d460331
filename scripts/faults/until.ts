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

/** What `work` gives; rejects with the signal's reason as soon as that aborts, and `work` goes on unheard. */
export async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  return await Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', stop));
}
