import type { DeviceId } from '../model/ids.ts';
import type { Sample } from '../model/sample.ts';
import { FROZEN_AFTER_MS } from './bad-data.ts';
import { type DeviceTrack, NEVER, rememberUnlessNewer, type VitalTrack } from './device-track.ts';
import { isLost, MIN_SILENCE_MS } from './expected-interval.ts';
import { type Arrival, BACKFILL_AFTER_MS, latestTime, measuredAt } from './sample-times.ts';
import type { SubjectRules } from './subject-rules.ts';
import type { SubjectState } from './subject-state.ts';

/*
 * Nearly all samples are of somebody who is well, and say what the ones before said: a frame with three vitals takes 0.4 us
 * by this path, and more than 5 us by `evaluateSample`, which it may replace only where that would do nothing but remember
 * the values. Whatever is in doubt here is left to the other.
 */

/** Among at most as many as there are vitals: nothing is hashed. */
function trackOf(tracks: readonly VitalTrack[], key: string): VitalTrack | undefined {
  for (let i = 0; i < tracks.length; i++) {
    const track = tracks[i];
    if (track?.vital === key) return track;
  }
  return undefined;
}

/** Whether a trusted, timely value would change nothing but what is remembered as the newest. */
function isQuietValue(track: VitalTrack, value: number, t: number, rules: SubjectRules): boolean {
  if (track.restUnder !== rules.limits || !(value >= track.restFrom && value <= track.restTo)) return false;
  if (track.awaited || track.newest === null) return false;
  // Neither late nor after a gap, nor missed until now.
  if (t <= track.seenAt || t - track.seenAt >= MIN_SILENCE_MS) return false;
  if (t <= track.evaluatedAt || t - track.evaluatedAt > MIN_SILENCE_MS) return false;
  if (!track.varies) return true;
  if (Number.isNaN(track.stillValue)) return false;
  return value !== track.stillValue || t - track.stillSince < FROZEN_AFTER_MS;
}

/** Whether a vital that may be missing from the moment at `t` has been missing for too long, or is waited for. */
function mayBeMissed(track: VitalTrack, t: number, registered: number | null): boolean {
  if (track.seenAt === NEVER) return track.awaited;
  return t - track.seenAt >= MIN_SILENCE_MS && isLost(t - track.seenAt, track.vital, track, registered);
}

/** What good data may end; no other alarm ends by values that leave everything at rest. */
function hasTechnicalAlarm({ live }: SubjectState, device: DeviceId): boolean {
  for (const alarm of live.values()) {
    if (alarm.kind === 'technical' && alarm.device === device) return true;
  }
  return false;
}

/**
 * Whether everything about a sample, but for its part in scores, is so usual that `takeQuietSample` is all that is to be
 * done with it. Changes nothing.
 */
export function isQuietSample(
  state: SubjectState,
  device: DeviceTrack,
  arrival: Arrival,
  sample: Sample,
  rules: SubjectRules,
): boolean {
  if (state.inherited.size > 0 || device.bad !== null || device.heard === null) return false;
  if (state.live.size > 0 && hasTechnicalAlarm(state, arrival.device)) return false;
  if (state.combinations !== null || rules.limits.combinations.length > 0) return false;
  const { t } = sample;
  if (arrival.received + arrival.skew - t > BACKFILL_AFTER_MS || t > latestTime(arrival)) return false;
  let vitals = 0;
  // A sample has nothing but its time, its quality and vitals. This way of reading them costs the same whatever shape it has.
  for (const key in sample) {
    if (key === 't') continue;
    if (key === 'quality') {
      if (sample.quality === 'good') continue;
      return false;
    }
    const track = trackOf(device.tracks, key);
    const value = sample[key as keyof Sample];
    if (track === undefined || typeof value !== 'number' || !isQuietValue(track, value, t, rules))
      return false;
    vitals++;
  }
  if (vitals === 0) return false;
  for (let i = 0; i < device.tracks.length; i++) {
    const track = device.tracks[i];
    if (track !== undefined && mayBeMissed(track, t, arrival.intervalMs)) return false;
  }
  return true;
}

/** Remembers the values of a sample of which `isQuietSample` has just been found. */
export function takeQuietSample(device: DeviceTrack, arrival: Arrival, sample: Sample): void {
  const { t } = sample;
  const measured = measuredAt(sample, arrival);
  for (const key in sample) {
    if (key === 't' || key === 'quality') continue;
    const track = trackOf(device.tracks, key);
    const value = sample[key as keyof Sample];
    if (track === undefined || track.newest === null || typeof value !== 'number') continue;
    track.intervals.remember(t - track.seenAt);
    track.seenAt = t;
    track.evaluatedAt = t;
    if (track.varies && value !== track.stillValue) {
      track.stillValue = value;
      track.stillSince = t;
    }
    track.lastValue = value;
    track.lastMeasured = measured;
    rememberUnlessNewer(track.newest, value, measured, arrival.device, arrival.received);
  }
}
