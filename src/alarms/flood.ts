import type { EpochMs } from '../core/clock.ts';

/** ISA-18.2: a flood begins with ten annunciations in ten minutes, and is over when fewer than five are left of them. */
const WINDOW_MS = 600_000;
const BEGINS_AT = 10;
const GOES_ON_AT = 5;

export interface Floods {
  readonly count: number;
  /** How long it was a flood, within the range. Milliseconds. */
  readonly ms: number;
}

/**
 * Alarm floods among annunciations. A flood begins at the tenth annunciation within the ten minutes up to it; it ends as
 * soon as the ten minutes before hold fewer than five, or with the range.
 * @param times of annunciations, ascending, all before `to`
 */
export function floodsOf(times: readonly EpochMs[], to: EpochMs): Floods {
  let count = 0;
  let ms = 0;
  let since: EpochMs | null = null;
  for (const [i, time] of times.entries()) {
    // Of the last five, the oldest leaves the window first, and the flood ends with it.
    const ends = (times[i - GOES_ON_AT] ?? Number.NEGATIVE_INFINITY) + WINDOW_MS;
    if (since !== null && ends <= time) {
      ms += ends - since;
      since = null;
    }
    const tenth = times[i - (BEGINS_AT - 1)];
    if (since === null && tenth !== undefined && time - tenth < WINDOW_MS) {
      since = time;
      count += 1;
    }
  }
  if (since === null) return { count, ms };
  const ends = (times.at(-GOES_ON_AT) ?? since) + WINDOW_MS;
  return { count, ms: ms + Math.min(ends, to) - since };
}
