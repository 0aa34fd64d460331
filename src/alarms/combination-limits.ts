import type { EpochMs } from '../core/clock.ts';
import { type AlarmEvent, conditionKey } from '../model/alarm.ts';
import type { EffectiveCombination, Tiers } from '../model/effective-limits.ts';
import { type DeviceId, MANUAL_DEVICE, type PatientId } from '../model/ids.ts';
import type { CombinationLimit, Priority } from '../model/limit.ts';
import type { Observation } from '../model/observation.ts';
import type { Vital } from '../model/vital.ts';
import { silenceLimitMs } from './expected-interval.ts';
import { isFromBefore } from './inherited.ts';
import { end, hold } from './live-alarms.ts';
import { isBeyond, isInside } from './physiological.ts';
import type { Circumstance, SubjectRules } from './subject-rules.ts';
import { type CombinationTrack, knownCombination, type SubjectState } from './subject-state.ts';
import { newLimitTrack, type ReachedTier, startAnew, stepTiers, type TierTest } from './tier-step.ts';

type NewestValues = SubjectState['newest'];
type Values = Readonly<Partial<Record<Vital, number>>>;

/** A breach is every condition beyond; inside is any one of them inside by its margin. */
export const COMBINATION_TEST: TierTest<CombinationLimit, NewestValues> = {
  isBeyond: ({ conditions }, newest) =>
    conditions.every((of) => {
      const known = newest[of.vital];
      return known !== undefined && isBeyond(of, known.value);
    }),
  isInside: ({ conditions }, newest) =>
    conditions.some((of) => {
      const known = newest[of.vital];
      return known !== undefined && isInside(of, known.value);
    }),
};

/** A track of which nothing is known yet. */
export function newCombinationTrack(held: Priority | null = null): CombinationTrack {
  return { ...newLimitTrack(held), judged: {} };
}

/** The track of a combination, begun when there is none. */
export function combinationTrack(state: SubjectState, name: string): CombinationTrack {
  const known = knownCombination(state, name);
  if (known) return known;
  const track = newCombinationTrack();
  state.combinations ??= {};
  state.combinations[name] = track;
  return track;
}

/**
 * When the newest of the values was measured that a combination asks for; null: one is missing, or so old that it no
 * longer counts (three usual intervals of its vital, at least 10 s).
 * @param now server time by which a value must not be too old; the newest of the values, if that is later
 */
export function measuredTogether(
  { conditions }: CombinationLimit,
  newest: NewestValues,
  now: EpochMs,
): EpochMs | null {
  let at = Number.NEGATIVE_INFINITY;
  for (const { vital } of conditions) at = Math.max(at, newest[vital]?.measured ?? at);
  if (at === Number.NEGATIVE_INFINITY) return null;
  const asOf = Math.max(at, now);
  for (const { vital } of conditions) {
    const known = newest[vital];
    if (known === undefined || asOf - known.measured > silenceLimitMs(vital, undefined, null)) return null;
  }
  return at;
}

/**
 * Notes what the combination is judged by now; whether one of its values had been too old meanwhile, or is older than the
 * one before it, because the server's clock was set back.
 */
function noteJudged(
  track: CombinationTrack,
  { conditions }: CombinationLimit,
  newest: NewestValues,
): boolean {
  let afterGap = false;
  for (const { vital } of conditions) {
    const measured = newest[vital]?.measured;
    if (measured === undefined) continue;
    const before = track.judged[vital];
    if (before !== undefined) {
      const distance = measured - before;
      if (distance < 0 || distance > silenceLimitMs(vital, undefined, null)) afterGap = true;
    }
    track.judged[vital] = measured;
  }
  return afterGap;
}

/** The patient's alarm is held at the tier that was reached. */
export function holdCombination(
  state: SubjectState,
  patient: PatientId,
  track: CombinationTrack,
  { tier, since }: ReachedTier<CombinationLimit>,
  when: Circumstance,
): AlarmEvent | null {
  const { name, priority, conditions } = tier;
  const values: Partial<Record<Vital, number>> = {};
  let device: DeviceId = MANUAL_DEVICE;
  let completed = Number.NEGATIVE_INFINITY;
  for (const { vital } of conditions) {
    const known = state.newest[vital];
    if (known === undefined) continue;
    values[vital] = known.value;
    if (known.measured < completed) continue;
    completed = known.measured;
    device = known.device ?? MANUAL_DEVICE;
  }
  track.held = priority;
  const breached = { priority, values, breached_since: since };
  return hold(state, { cause: 'combination', patient, device, name, ...breached }, when);
}

/** The combination's alarm ends. */
export function releaseCombination(
  state: SubjectState,
  track: CombinationTrack,
  name: string,
  at: EpochMs,
): AlarmEvent | null {
  track.held = null;
  return end(state, conditionKey({ cause: 'combination', name }), at);
}

function evaluateCombination(
  state: SubjectState,
  patient: PatientId,
  name: string,
  tiers: Tiers<CombinationLimit>,
  now: EpochMs,
  received: EpochMs,
  rules: SubjectRules,
): AlarmEvent | null {
  const track = combinationTrack(state, name);
  const afterGap = noteJudged(track, tiers[0], state.newest);
  const at = measuredTogether(tiers[0], state.newest, now);
  if (at === null) {
    startAnew(track);
    return null;
  }
  const step = stepTiers(track, tiers, COMBINATION_TEST, state.newest, at, afterGap);
  if (step === null) return null;
  if (step.kind === 'inside') {
    const key = conditionKey({ cause: 'combination', name });
    return isFromBefore(state, key, track, at) ? null : releaseCombination(state, track, name, at);
  }
  return holdCombination(state, patient, track, step, { at, received, rules });
}

/** Forgets combinations that are no longer in force, and ends what they held. */
export function dropCombinations(
  state: SubjectState,
  inForce: readonly EffectiveCombination[],
  at: EpochMs,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  const tracks = state.combinations ?? {};
  for (const name in tracks) {
    if (inForce.some((one) => one.name === name)) continue;
    const track = tracks[name];
    const event = track?.held ? releaseCombination(state, track, name, at) : null;
    delete tracks[name];
    if (event) events.push(event);
  }
  if (inForce.length === 0) state.combinations = null;
  return events;
}

function evaluateConcerned(
  state: SubjectState,
  patient: PatientId,
  values: Values,
  now: EpochMs,
  received: EpochMs,
  rules: SubjectRules,
): AlarmEvent[] {
  const inForce = rules.limits.combinations;
  const events = state.combinations === null ? [] : dropCombinations(state, inForce, received);
  for (const { name, tiers } of inForce) {
    if (!tiers[0].conditions.some(({ vital }) => values[vital] !== undefined)) continue;
    const event = evaluateCombination(state, patient, name, tiers, now, received, rules);
    if (event) events.push(event);
  }
  return events;
}

/**
 * Evaluates the combinations that the vitals of one moment are part of, once all its trusted, timely values are remembered
 * as the newest: a moment is judged as a whole, never half of it with half of the moment before.
 *
 * Times are those of measurement by the server's clock: the values come of several devices, whose own clocks need not agree,
 * and what was measured together is a question of one clock. They are not times of arrival either, so that how a stream is cut
 * into frames changes nothing. The one clock goes back only when the server's is
 * set back; delays start anew then.
 *
 * Not to be called where there is neither a combination in force nor `state.combinations`.
 * @param values of the moment; only which vitals they are of matters
 * @param received server time
 */
export function evaluateCombinations(
  state: SubjectState,
  patient: PatientId,
  values: Values,
  received: EpochMs,
  rules: SubjectRules,
): AlarmEvent[] {
  return evaluateConcerned(state, patient, values, Number.NEGATIVE_INFINITY, received, rules);
}

/**
 * Evaluates the combinations that an observation entered by hand is part of, once its values are remembered as the newest
 * (`rememberNewest` with the device null). What devices measured counts if it is not too old when the entry is made.
 */
export function evaluateObservedCombinations(
  state: SubjectState,
  { patient, values, entered }: Observation,
  rules: SubjectRules,
): AlarmEvent[] {
  if (state.patient !== patient) return [];
  return evaluateConcerned(state, patient, values, entered, entered, rules);
}
