import type { Seeded } from '../../attack/seeded.ts';

const DRAWS = 2 ** 30;

/**
 * When each of `count` frames is due, at `rate` a second on average: at random (exponential gaps), so that they keep
 * step with nothing that the server does at intervals. Milliseconds from the begin.
 */
export function randomTimes(count: number, rate: number, random: Seeded): readonly number[] {
  const times: number[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    at += (-Math.log((random.below(DRAWS) + 1) / DRAWS) * 1_000) / rate;
    times.push(at);
  }
  return times;
}
