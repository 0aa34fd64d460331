import type { DeviceId } from '../../src/model/ids.ts';
import type { DeviceMoments } from '../../src/model/moments.ts';
import { QUALITIES, type Sample } from '../../src/model/sample.ts';
import { VITAL_NAMES, type Vital } from '../../src/model/vital.ts';

/** Samples of one device in time order, as the store gives them. */
export function momentsOf(samples: readonly Sample[], device: DeviceId): DeviceMoments {
  const values: Partial<Record<Vital, Float64Array<ArrayBuffer>>> = {};
  for (const vital of VITAL_NAMES) {
    if (samples.some((sample) => sample[vital] !== undefined))
      values[vital] = Float64Array.from(samples, (sample) => sample[vital] ?? Number.NaN);
  }
  return {
    device,
    t: Float64Array.from(samples, ({ t }) => t),
    quality: Uint8Array.from(samples, ({ quality }) => QUALITIES.indexOf(quality ?? 'good')),
    values,
  };
}
