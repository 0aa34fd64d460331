import { deviceId, patientId } from '../../../src/model/ids.ts';
import type { VitalsPoint } from '../../../src/store/point.ts';

const PACE_MS = 1_000;
/** A wearable's own clock ticks by about that much less evenly than a metronome. Milliseconds. */
const JITTER_MS = 20;
const WALKS = [
  { least: 55, greatest: 110, step: 3 },
  { least: 10, greatest: 24, step: 2 },
  { least: 91, greatest: 100, step: 2 },
] as const;

/** The same numbers on every run (Park-Miller). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/**
 * Moments of three vitals as people have them: whole numbers that wander, at times that are a little uneven. Even ones would
 * compress to nothing and show a store as smaller than it is. Device by device within each moment, as they arrive.
 */
export function* measuredPoints(devices: number, moments: number, begin: number): Generator<VitalsPoint> {
  const random = noise(17);
  const worn = Array.from({ length: devices }, (_, i) => ({
    ids: { device: deviceId(`w-${i}`), patient: patientId(`p-${i}`) },
    values: WALKS.map(({ least, greatest }) => Math.round(least + random() * (greatest - least))),
  }));
  for (let moment = 0; moment < moments; moment++) {
    for (const { ids, values } of worn) {
      for (const [i, { least, greatest, step }] of WALKS.entries()) {
        const walked = (values[i] ?? least) + Math.round((random() - 0.5) * 2 * step);
        values[i] = Math.min(greatest, Math.max(least, walked));
      }
      const [heart_rate = 0, resp_rate = 0, spo2 = 0] = values;
      const t = begin + moment * PACE_MS + Math.floor(random() * JITTER_MS);
      yield {
        measurement: 'vitals',
        ...ids,
        t,
        values: { heart_rate, resp_rate, spo2 },
        quality: null,
        received: null,
      };
    }
  }
}
