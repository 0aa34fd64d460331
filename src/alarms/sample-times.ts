import type { EpochMs } from '../core/clock.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Sample } from '../model/sample.ts';

/** A sample that reaches the server longer after its time is back-fill (rule 3). */
export const BACKFILL_AFTER_MS = 60_000;
/** A sample time further ahead of the device's own clock is not taken for the newest. */
export const AHEAD_AT_MOST_MS = 60_000;

/** Checked samples of one frame of one device. */
export interface Arrival {
  readonly device: DeviceId;
  /** In any order. */
  readonly samples: readonly Sample[];
  /** Server time of receipt. */
  readonly received: EpochMs;
  /** Device clock minus server clock, so that a device whose clock is off is not taken for a late one. */
  readonly skew: number;
  /** How often the device was registered to send; null: learned. Milliseconds. */
  readonly intervalMs: number | null;
}

/** The latest sample time that is taken for one: a later one is a mistake. */
export function latestTime({ received, skew }: Arrival): EpochMs {
  return received + skew + AHEAD_AT_MOST_MS;
}

/** When a sample was measured, by the server's clock: not later than it came. */
export function measuredAt({ t }: Sample, { received, skew }: Arrival): EpochMs {
  return Math.min(t - skew, received);
}

/** By time; as they are if they already stand so. */
export function byTime(samples: readonly Sample[]): readonly Sample[] {
  for (let i = 1; i < samples.length; i++) {
    const [before, after] = [samples[i - 1], samples[i]];
    if (before && after && after.t < before.t) return samples.toSorted((a, b) => a.t - b.t);
  }
  return samples;
}
