import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import type { EffectiveLimits, Tiers } from '../model/effective-limits.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import {
  type CombinedCondition,
  DIRECTIONS,
  type Direction,
  type Limit,
  type Priority,
} from '../model/limit.ts';
import type { Vital } from '../model/vital.ts';
import type { LimitTrack, Sense, VitalTrack } from './device-track.ts';
import { isAwaited, isFromBefore, isHeldByAny } from './inherited.ts';
import { end, hold } from './live-alarms.ts';
import type { Circumstance } from './subject-rules.ts';
import { physiologicalKey, type SubjectState } from './subject-state.ts';
import { newLimitTrack, type ReachedTier, ROUNDING, stepTiers, type TierTest } from './tier-step.ts';

/** One trusted value of one vital of one device. */
export interface Reading {
  readonly device: DeviceId;
  readonly vital: Vital;
  readonly t: EpochMs;
  readonly value: number;
}

type Threshold = Omit<CombinedCondition, 'vital'>;

/** Strictly beyond the threshold. */
export function isBeyond(of: Threshold, value: number): boolean {
  return of.direction === 'low' ? value < of.threshold : value > of.threshold;
}

/** Inside the threshold by the margin. */
export function isInside(of: Threshold, value: number): boolean {
  const inside = of.direction === 'low' ? value - of.threshold : of.threshold - value;
  return inside >= of.clear_margin - ROUNDING;
}

export const VALUE_TEST: TierTest<Limit, number> = { isBeyond, isInside };

/** Lets go of the patient's alarm for one device; it ends when no other device holds it or may (rule 3). */
export function release(
  state: SubjectState,
  track: LimitTrack,
  vital: Vital,
  sense: Sense,
  at: EpochMs,
): AlarmEvent | null {
  // Held on meanwhile, so that the next value decides anew.
  if (isAwaited(state, vital, sense)) return null;
  track.held = null;
  return isHeldByAny(state, vital, sense) ? null : end(state, physiologicalKey(vital, sense), at);
}

/** A device's own values say that its condition is gone. */
export function letGo(
  state: SubjectState,
  track: LimitTrack,
  { device, vital, t }: Reading,
  sense: Sense,
): AlarmEvent | null {
  const key = physiologicalKey(vital, sense);
  const own = state.inherited.size > 0 && state.live.get(key)?.device === device;
  return own && isFromBefore(state, key, track, t) ? null : release(state, track, vital, sense, t);
}

/**
 * The priority at which a device holds an alarm that it was not heard of since: any device may have held what was taken
 * up from the log; it holds until its own values say otherwise.
 */
export function inheritedPriority(state: SubjectState, vital: Vital, sense: Sense): Priority | null {
  if (state.inherited.size === 0) return null;
  const key = physiologicalKey(vital, sense);
  return state.inherited.has(key) ? (state.live.get(key)?.priority ?? null) : null;
}

/** The track of one direction, begun when there is none. */
export function limitTrack(
  state: SubjectState,
  vitalTrack: VitalTrack,
  vital: Vital,
  direction: Direction,
): LimitTrack {
  let track = vitalTrack.limits[direction];
  if (!track) {
    track = newLimitTrack(inheritedPriority(state, vital, direction));
    vitalTrack.limits[direction] = track;
  }
  return track;
}

function evaluateDirection(
  state: SubjectState,
  patient: PatientId,
  vitalTrack: VitalTrack,
  tiers: Tiers<Limit> | undefined,
  direction: Direction,
  reading: Reading,
  afterGap: boolean,
  when: Circumstance,
): AlarmEvent | null {
  const { vital, t, value } = reading;
  if (!tiers) {
    const track = vitalTrack.limits[direction];
    if (!track) return null;
    delete vitalTrack.limits[direction];
    return track.held ? release(state, track, vital, direction, t) : null;
  }
  const track = limitTrack(state, vitalTrack, vital, direction);
  const step = stepTiers(track, tiers, VALUE_TEST, value, t, afterGap);
  if (step === null) return null;
  if (step.kind === 'inside') return letGo(state, track, reading, direction);
  return holdLimit(state, patient, track, step, reading, when);
}

/** The device holds the patient's alarm at the tier that was reached. */
export function holdLimit(
  state: SubjectState,
  patient: PatientId,
  track: LimitTrack,
  { tier, since }: ReachedTier<Limit>,
  { device, vital, value }: Reading,
  when: Circumstance,
): AlarmEvent | null {
  const { priority, direction, threshold } = tier;
  track.held = priority;
  const breached = { priority, threshold, value, breached_since: since };
  return hold(state, { cause: 'limit', patient, device, vital, direction, ...breached }, when);
}

/**
 * Evaluates one trusted, timely value against the limits in force (rules 1 to 4).
 * @param afterGap the distance to the value before was longer than the silence limit: delays start anew.
 */
export function evaluateReading(
  state: SubjectState,
  patient: PatientId,
  track: VitalTrack,
  reading: Reading,
  afterGap: boolean,
  when: Circumstance,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  const of = when.rules.limits.values[reading.vital];
  for (const direction of DIRECTIONS) {
    const event = evaluateDirection(
      state,
      patient,
      track,
      of?.[direction],
      direction,
      reading,
      afterGap,
      when,
    );
    if (event) events.push(event);
  }
  noteRest(track, of, when.rules.limits);
  return events;
}

/**
 * Whether a direction would stay as it is by a value that is inside of it. What is inside its mildest tier may be beyond
 * another, if somebody chose them so.
 */
function isAtRest(tiers: Tiers<Limit> | undefined, track: LimitTrack | undefined): boolean {
  if (tiers === undefined || track === undefined) return tiers === track;
  if (track.held !== null || track.insideSince === null) return false;
  return tiers.every(({ priority }) => track.breachedSince[priority] === undefined);
}

/**
 * Notes between which values nothing would happen to `track.limits`, nor to anything else that limits speak of, if there
 * is nothing going on. A value between them is inside by the whole margin and so, as `isInside` rounds, inside.
 */
function noteRest(track: VitalTrack, of: EffectiveLimits['values'][Vital], limits: EffectiveLimits): void {
  const isResting =
    track.changes === null &&
    limits.changes[track.vital] === undefined &&
    isAtRest(of?.low, track.limits.low) &&
    isAtRest(of?.high, track.limits.high);
  if (!isResting) {
    track.restUnder = null;
    return;
  }
  if (track.restUnder === limits) return;
  track.restUnder = limits;
  track.restFrom = Number.NEGATIVE_INFINITY;
  track.restTo = Number.POSITIVE_INFINITY;
  for (const tier of of?.low ?? []) track.restFrom = Math.max(track.restFrom, tier.threshold);
  for (const tier of of?.high ?? []) track.restTo = Math.min(track.restTo, tier.threshold);
  if (of?.low) track.restFrom = Math.max(track.restFrom, of.low[0].threshold + of.low[0].clear_margin);
  if (of?.high) track.restTo = Math.min(track.restTo, of.high[0].threshold - of.high[0].clear_margin);
}
