import type { EpochMs } from '../core/clock.ts';

/**
 * Time of value `index` of a chunk, in whole microseconds since the epoch: the grain both stores keep, so that a
 * trace at 360 Hz reads the same from either. Exact in a double until the year 2255.
 */
export function valueMicros(t: EpochMs, rateHz: number, index: number): number {
  return t * 1_000 + Math.round((index * 1_000_000) / rateHz);
}
