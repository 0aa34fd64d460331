import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import type { Consciousness, OxygenUse } from '../model/news2.ts';
import type { Observation } from '../model/observation.ts';
import type { Vital } from '../model/vital.ts';
import { evaluateObservedCombinations } from './combination-limits.ts';
import { isNewer, type NewestValue } from './device-track.ts';
import { evaluateNews2 } from './news2-watch.ts';
import type { SubjectRules } from './subject-rules.ts';
import { rememberNewest, type SubjectState } from './subject-state.ts';

/** Remembers what is breathed unless something newer is known. @param now server time */
export function rememberOxygen(
  { news2 }: SubjectState,
  value: OxygenUse,
  measured: EpochMs,
  now: EpochMs,
): void {
  if (news2.oxygen !== null && isNewer(news2.oxygen.measured, measured, now)) return;
  news2.oxygen = { value, measured };
}

/** Remembers the level of consciousness unless something newer is known. @param now server time */
export function rememberConsciousness(
  { news2 }: SubjectState,
  value: Consciousness,
  measured: EpochMs,
  now: EpochMs,
): void {
  if (news2.consciousness !== null && isNewer(news2.consciousness.measured, measured, now)) return;
  news2.consciousness = { value, measured };
}

/** Remembers what a person observed, as far as nothing newer is known. @param now server time */
export function rememberObservation(state: SubjectState, observation: Observation, now: EpochMs): void {
  const { values, oxygen, consciousness, t } = observation;
  for (const [vital, value] of Object.entries(values) as [Vital, number][])
    rememberNewest(state, vital, value, t, null, now);
  if (oxygen !== null) rememberOxygen(state, oxygen, t, now);
  if (consciousness !== null) rememberConsciousness(state, consciousness, t, now);
}

/**
 * Evaluates what a person observed and entered: it becomes part of combinations and scores at once. It raises no limit
 * alarm: who entered it has seen it.
 */
export function evaluateObservation(
  state: SubjectState,
  observation: Observation,
  rules: SubjectRules,
): AlarmEvent[] {
  const { entered } = observation;
  rememberObservation(state, observation, entered);
  const events = evaluateObservedCombinations(state, observation, rules);
  const event = evaluateNews2(state, entered, entered, rules, true);
  if (event) events.push(event);
  return events;
}

/** What was stored of a patient before a restart. */
export interface RecalledInputs {
  readonly values: readonly (NewestValue & { readonly vital: Vital })[];
  readonly observations: readonly Observation[];
}

/** Takes up what was stored as far as nothing newer is known, and scores at `now` (server time). */
export function rememberRecalled(
  state: SubjectState,
  { values, observations }: RecalledInputs,
  now: EpochMs,
  rules: SubjectRules,
): AlarmEvent | null {
  for (const { vital, value, measured, device } of values)
    rememberNewest(state, vital, value, measured, device, now);
  for (const observation of observations) rememberObservation(state, observation, now);
  return evaluateNews2(state, now, now, rules, true);
}
