import { LatencyHistogram, type LatencySummary } from './latency-histogram.ts';

/** Timers go no finer. */
const TICK_MS = 1;
/** One turn sends no more: after a hold-up the answers that wait must be read in between. */
const MOST_AT_ONCE = 2_000;

export interface OpenLoopOptions {
  /** Frames a second of all together. */
  readonly rate: number;
  readonly seconds: number;
  /** Sends one frame that was due at `due` (a monotonic clock, milliseconds). */
  readonly send: (due: number) => void;
}

/** How well the generator kept to its plan. */
export interface Offered {
  readonly frames: number;
  readonly seconds: number;
  /** How much later than planned frames went out. */
  readonly late: LatencySummary;
}

/**
 * Sends by plan and not by how fast answers come: a server that is slow gets no fewer frames, and what it holds up counts
 * from the time at which the frame was due (no coordinated omission).
 */
export async function openLoop({ rate, seconds, send }: OpenLoopOptions): Promise<Offered> {
  const late = new LatencyHistogram();
  const began = performance.now();
  const total = Math.round(rate * seconds);
  let frames = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => {
    const now = performance.now();
    const due = Math.min(total, Math.floor(((now - began) / 1_000) * rate), frames + MOST_AT_ONCE);
    for (; frames < due; frames++) {
      const at = began + ((frames + 1) * 1_000) / rate;
      late.add(now - at);
      send(at);
    }
    if (frames === total) resolve();
  }, TICK_MS);
  await promise;
  clearInterval(timer);
  return { frames, seconds: (performance.now() - began) / 1_000, late: late.summary() };
}
