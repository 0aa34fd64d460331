import type { EpochMs } from '../core/clock.ts';
import { type AlarmEvent, physiologicalAlarmId } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import { DIRECTIONS, type Direction, type Limit, type Priority, rank } from '../model/limit.ts';
import type { Vital } from '../model/vital.ts';
import type { EffectiveLimits, Tiers } from './effective-limits.ts';
import { isAwaited, isHeldByAny } from './inherited.ts';
import { clear, holdPhysiological } from './live-alarms.ts';
import {
  type LimitTrack,
  physiologicalKey,
  type RetrospectiveTrack,
  type SubjectState,
  type VitalTrack,
} from './subject-state.ts';

/** One trusted value of one vital of one device. */
export interface Reading {
  readonly device: DeviceId;
  readonly vital: Vital;
  readonly t: EpochMs;
  readonly value: number;
}

function isBeyond(limit: Limit, value: number): boolean {
  return limit.direction === 'low' ? value < limit.threshold : value > limit.threshold;
}

/** Decimal thresholds and margins (35.0 + 0.2) must not fail by a rounding error of binary fractions. */
const ROUNDING = 1e-9;

function isInsideByMargin(mildest: Limit, value: number): boolean {
  const inside = mildest.direction === 'low' ? value - mildest.threshold : mildest.threshold - value;
  return inside >= mildest.clear_margin - ROUNDING;
}

/** The most urgent of the tiers whose breach has lasted its own delay, by sample time (rule 2). */
function reachedTier(track: LimitTrack, tiers: Tiers, t: EpochMs): { tier: Limit; since: EpochMs } | null {
  for (let i = tiers.length - 1; i >= 0; i--) {
    const tier = tiers[i];
    if (!tier) continue;
    const since = track.breachedSince[tier.priority];
    if (since !== undefined && t - since >= tier.onset_delay_ms) return { tier, since };
  }
  return null;
}

/** Lets go of the patient's alarm for one device; it clears when no other device holds it or may (rule 3). */
export function release(
  state: SubjectState,
  track: LimitTrack,
  vital: Vital,
  direction: Direction,
  at: EpochMs,
): AlarmEvent | null {
  // Held on meanwhile, so that the next value decides anew.
  if (isAwaited(state, vital, direction)) return null;
  track.held = null;
  return isHeldByAny(state, vital, direction) ? null : clear(state, physiologicalKey(vital, direction), at);
}

function evaluateDirection(
  state: SubjectState,
  patient: PatientId,
  vitalTrack: VitalTrack,
  tiers: Tiers | undefined,
  direction: Direction,
  reading: Reading,
  afterGap: boolean,
): AlarmEvent | null {
  const { vital, t, value } = reading;
  let track = vitalTrack.limits[direction];
  if (!tiers) {
    if (!track) return null;
    delete vitalTrack.limits[direction];
    return track.held ? release(state, track, vital, direction, t) : null;
  }
  if (!track) {
    // Any device may have held what was taken up from the log; it holds until its own values say otherwise.
    const key = physiologicalKey(vital, direction);
    const held = state.inherited.has(key) ? (state.live.get(key)?.priority ?? null) : null;
    track = { breachedSince: {}, insideSince: null, held };
    vitalTrack.limits[direction] = track;
  }
  for (const tier of tiers) {
    if (!isBeyond(tier, value)) delete track.breachedSince[tier.priority];
    else if (afterGap || track.breachedSince[tier.priority] === undefined)
      track.breachedSince[tier.priority] = t;
  }
  if (!isInsideByMargin(tiers[0], value)) track.insideSince = null;
  else if (afterGap || track.insideSince === null) track.insideSince = t;

  if (track.held && track.insideSince !== null && t - track.insideSince >= tiers[0].clear_delay_ms) {
    return release(state, track, vital, direction, t);
  }
  const reached = reachedTier(track, tiers, t);
  if (!reached || (track.held && rank(track.held) >= rank(reached.tier.priority))) return null;
  track.held = reached.tier.priority;
  return holdPhysiological(
    state,
    patient,
    { device: reading.device, vital, direction, tier: reached.tier, since: reached.since, value },
    t,
  );
}

/**
 * Evaluates one trusted, timely value against the limits in force (rules 1 to 4).
 * @param afterGap the distance to the value before was longer than the silence limit: delays start anew.
 */
export function evaluateReading(
  state: SubjectState,
  patient: PatientId,
  track: VitalTrack,
  limits: EffectiveLimits,
  reading: Reading,
  afterGap: boolean,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  const of = limits[reading.vital];
  for (const direction of DIRECTIONS) {
    const event = evaluateDirection(state, patient, track, of?.[direction], direction, reading, afterGap);
    if (event) events.push(event);
  }
  return events;
}

function worstBreached(tiers: Tiers | undefined, value: number): Limit | null {
  return tiers?.findLast((tier) => isBeyond(tier, value)) ?? null;
}

function retrospectiveEvent(
  patient: PatientId,
  reading: Reading,
  direction: Direction,
  episode: RetrospectiveTrack,
): AlarmEvent {
  return {
    event: 'retrospective',
    at: reading.t,
    alarm: {
      id: physiologicalAlarmId(patient, reading.vital, direction, episode.onset, true),
      kind: 'physiological',
      patient,
      device: reading.device,
      vital: reading.vital,
      direction,
      priority: episode.priority,
      threshold: episode.threshold,
      value: episode.value,
      presence: 'off',
      onset: episode.onset,
      breached_since: episode.onset,
      cleared: episode.until,
      acknowledged_by: null,
      acknowledged_at: null,
      retrospective: true,
    },
  };
}

/**
 * Lists breaches in a late value (rule 3) without touching any live alarm. Late breaches no further apart than the
 * silence limit are one episode: told when it begins, when it worsens and when it ends, not once a sample.
 */
export function reviewLateReading(
  patient: PatientId,
  track: VitalTrack,
  limits: EffectiveLimits,
  reading: Reading,
  silenceMs: number,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  for (const direction of DIRECTIONS) {
    const tier = worstBreached(limits[reading.vital]?.[direction], reading.value);
    const episode = track.retrospective[direction];
    const joins =
      episode !== undefined &&
      reading.t >= episode.onset - silenceMs &&
      reading.t <= episode.until + silenceMs;
    if (!tier) {
      if (episode && reading.t > episode.until) {
        delete track.retrospective[direction];
        events.push(retrospectiveEvent(patient, reading, direction, episode));
      }
      continue;
    }
    const level = { priority: tier.priority as Priority, threshold: tier.threshold, value: reading.value };
    if (!joins) {
      const begun: RetrospectiveTrack = { onset: reading.t, until: reading.t, ...level };
      track.retrospective[direction] = begun;
      events.push(retrospectiveEvent(patient, reading, direction, begun));
      continue;
    }
    episode.until = Math.max(episode.until, reading.t);
    if (rank(tier.priority) > rank(episode.priority)) {
      Object.assign(episode, level);
      events.push(retrospectiveEvent(patient, reading, direction, episode));
    }
  }
  return events;
}
