import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent, TechnicalCondition } from '../model/alarm.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Quality } from '../model/sample.ts';
import type { Vital } from '../model/vital.ts';
import { type DeviceTrack, lastEvaluated, NEVER, type VitalTrack } from './device-track.ts';
import { clear, raiseTechnical } from './live-alarms.ts';
import type { Circumstance } from './subject-rules.ts';
import { type SubjectState, technicalKey } from './subject-state.ts';

/** How long a value may stand still to the last digit before it is taken for stuck (rule 5). */
export const FROZEN_AFTER_MS = 5 * 60_000;
/** Good data must last this long before a bad-data alarm clears, so that a flickering contact is one alarm. */
const GOOD_FOR_MS = 5_000;
/** Motion and poor contact come and go with every movement: they alarm when they last. Off the body is a state. */
const LASTS_MS = { off_body: 0, poor_contact: 10_000, motion: 10_000, impossible_value: 0 } as const;

type BadData = keyof typeof LASTS_MS & TechnicalCondition;

function badKey(condition: BadData, vital: Vital | null): string {
  return `${condition}:${vital ?? ''}`;
}

/** Notes bad data at the sample time of `when`; raises its technical alarm once it has lasted. */
export function noteBad(
  state: SubjectState,
  track: DeviceTrack,
  device: DeviceId,
  condition: BadData,
  vital: Vital | null,
  when: Circumstance,
): AlarmEvent | null {
  const t = when.at;
  const key = badKey(condition, vital);
  const episode = track.bad?.get(key);
  if (!episode) {
    track.bad ??= new Map();
    track.bad.set(key, { since: t, until: t, goodSince: null });
  } else {
    episode.until = Math.max(episode.until, t);
    episode.goodSince = null;
  }
  const since = episode?.since ?? t;
  if (t - since < LASTS_MS[condition]) return null;
  const lastValueAt = vital ? lastEvaluated(track.vitals[vital]) : null;
  return raiseTechnical(state, { device, condition, vital, lastValueAt }, when);
}

/** Notes good data at `t` of a vital (null: a moment of good quality of the whole device). */
export function noteGood(
  state: SubjectState,
  track: DeviceTrack,
  device: DeviceId,
  conditions: readonly BadData[],
  vital: Vital | null,
  t: EpochMs,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  for (const condition of conditions) {
    if (track.bad === null) break;
    const key = badKey(condition, vital);
    const episode = track.bad.get(key);
    if (!episode || t <= episode.until) continue;
    episode.goodSince ??= t;
    if (t - episode.goodSince < GOOD_FOR_MS) continue;
    track.bad.delete(key);
    if (track.bad.size === 0) track.bad = null;
    const event = clear(state, technicalKey(device, condition, vital), t);
    if (event) events.push(event);
  }
  return events;
}

/** Conditions of the whole device that a moment's quality flag speaks of. */
export const QUALITY_CONDITIONS = [
  'off_body',
  'poor_contact',
  'motion',
] as const satisfies readonly Quality[];

interface Standstill {
  readonly frozen: boolean;
  readonly event: AlarmEvent | null;
}

const NOT_FROZEN: Standstill = { frozen: false, event: null };

/**
 * Watches for a value frozen to the last digit while it should vary. While it is frozen it says nothing about the
 * person: the caller keeps it out of physiological evaluation.
 * @param afterGap values were missing in between: standing still starts anew.
 */
export function watchStandstill(
  state: SubjectState,
  track: VitalTrack,
  device: DeviceId,
  vital: Vital,
  value: number,
  afterGap: boolean,
  when: Circumstance,
): Standstill {
  const t = when.at;
  if (!track.varies) return NOT_FROZEN;
  // Taken up from the log: it stood still at some value, and the first one shows at which.
  if (track.stillSince !== NEVER && Number.isNaN(track.stillValue) && !afterGap) track.stillValue = value;
  if (track.stillValue !== value || afterGap) {
    track.stillValue = value;
    track.stillSince = t;
    if (state.live.size === 0) return NOT_FROZEN;
    return { frozen: false, event: clear(state, technicalKey(device, 'frozen_value', vital), t) };
  }
  if (t - track.stillSince < FROZEN_AFTER_MS) return NOT_FROZEN;
  const finding = { device, condition: 'frozen_value', vital, lastValueAt: track.stillSince } as const;
  return { frozen: true, event: raiseTechnical(state, finding, when) };
}
