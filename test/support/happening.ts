import { setTimeout as pause } from 'node:timers/promises';

/** Waits for something that another thread brings about. Real time, bounded: what never comes fails the test. */
export async function happens(what: string, holds: () => boolean, timeoutMs = 10_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`did not happen within ${timeoutMs} ms: ${what}`);
    await pause(1);
  }
}

/** Lets everything that was asked for in this turn, and what follows from it without I/O, happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
