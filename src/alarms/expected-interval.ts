import { VITALS, type Vital } from '../model/vital.ts';
import { type DeviceTrack, NEVER, type VitalTrack } from './device-track.ts';

/** Clinical rule 4: silence is 3 expected intervals, and at least this long. */
export const MIN_SILENCE_MS = 10_000;
const SILENT_INTERVALS = 3;
/**
 * How often a value of this vital is expected, in ms: as the device was registered; else the lower quartile of what it
 * did lately, which gaps do not stretch; else what is usual for the vital.
 */
export function expectedIntervalMs(
  vital: Vital,
  track: VitalTrack | undefined,
  registered: number | null,
): number {
  if (registered !== null) return registered;
  if (track?.intervals.isEnough !== true) return VITALS[vital].usualIntervalMs;
  return track.intervals.quantile(0.25);
}

/** Longest distance between two sample times of a vital that is not yet silence (rule 4). Milliseconds. */
export function silenceLimitMs(
  vital: Vital,
  track: VitalTrack | undefined,
  registered: number | null,
): number {
  return Math.max(MIN_SILENCE_MS, SILENT_INTERVALS * expectedIntervalMs(vital, track, registered));
}

/** Whether `distance` exceeds the silence limit; the limit, which sorts, is not worked out for the usual second. */
export function isGap(distance: number, vital: Vital, track: VitalTrack, registered: number | null): boolean {
  return distance > MIN_SILENCE_MS && distance > silenceLimitMs(vital, track, registered);
}

/** Whether a value missing for `distance` counts as lost: from the silence limit on. */
export function isLost(
  distance: number,
  vital: Vital,
  track: VitalTrack,
  registered: number | null,
): boolean {
  return distance >= MIN_SILENCE_MS && distance >= silenceLimitMs(vital, track, registered);
}

/**
 * Longest distance between two arrivals of a device that is not yet silence. A device that measures each second and
 * sends each minute is not silent in between: its own rhythm of arrivals counts where it is the slower one.
 */
export function deviceSilenceLimitMs(track: DeviceTrack, registered: number | null): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const of of track.tracks) {
    if (of.seenAt === NEVER && !of.awaited) continue;
    shortest = Math.min(shortest, silenceLimitMs(of.vital, of, registered));
  }
  const rhythm = track.arrivals.isEnough ? SILENT_INTERVALS * track.arrivals.quantile(0.5) : 0;
  const known = Number.isFinite(shortest) ? shortest : SILENT_INTERVALS * (registered ?? 0);
  return Math.max(MIN_SILENCE_MS, known, rhythm);
}
