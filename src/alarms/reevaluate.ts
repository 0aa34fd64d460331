import type { EpochMs } from '../core/clock.ts';
import type { Alarm, AlarmEvent } from '../model/alarm.ts';
import type { EffectiveLimits, Tiers } from '../model/effective-limits.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import { COURSES, DIRECTIONS, type Tier } from '../model/limit.ts';
import type { Vital } from '../model/vital.ts';
import { CHANGE_TEST, changeInWindow, changeTrack, holdChange } from './change-limits.ts';
import {
  COMBINATION_TEST,
  combinationTrack,
  dropCombinations,
  holdCombination,
  measuredTogether,
  releaseCombination,
} from './combination-limits.ts';
import { type DeviceTrack, type LimitTrack, NEVER, type VitalTrack } from './device-track.ts';
import { silenceLimitMs } from './expected-interval.ts';
import { end } from './live-alarms.ts';
import { holdLimit, limitTrack, type Reading, release, VALUE_TEST } from './physiological.ts';
import type { Circumstance, SubjectRules } from './subject-rules.ts';
import type { SubjectState } from './subject-state.ts';
import { stepTiers, type TierStep, type TierTest } from './tier-step.ts';

/** What a tier calls a breach, as text: its delays and margins are not part of it. */
function breachOf(tier: Tier | undefined): string | undefined {
  const apart = new Set(['onset_delay_ms', 'clear_delay_ms', 'clear_margin']);
  return JSON.stringify(tier, (key, value: unknown) => (apart.has(key) ? undefined : value));
}

function isSame(a: readonly Tier[] | undefined, b: readonly Tier[] | undefined): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return false;
  return a?.every((tier, i) => tier === b?.[i] || JSON.stringify(tier) === JSON.stringify(b?.[i])) ?? true;
}

/**
 * Takes the value that is known through the tiers that are new: one that means another breach begins its delay with it, one
 * that only has another delay goes on counting.
 */
function stepAnew<T extends Tier, Value>(
  track: LimitTrack,
  before: Tiers<T> | undefined,
  tiers: Tiers<T>,
  test: TierTest<T, Value>,
  value: Value,
  t: EpochMs,
): TierStep<T> | null {
  for (const priority of Object.keys(track.breachedSince) as (keyof LimitTrack['breachedSince'])[]) {
    const [was, is] = [before, tiers].map((of) => of?.find((tier) => tier.priority === priority));
    if (is === undefined || breachOf(was) !== breachOf(is)) delete track.breachedSince[priority];
  }
  if (!isSame(before?.slice(0, 1), tiers.slice(0, 1))) track.insideSince = null;
  const step = stepTiers(track, tiers, test, value, t, false);
  // Beyond none of the new tiers is over at once: whoever chose them has looked at this patient and waits for no delay.
  return (
    step ?? (track.held && !tiers.some((tier) => test.isBeyond(tier, value)) ? { kind: 'inside' } : null)
  );
}

/** The limits before and now, and when they changed (server time). */
interface Change {
  readonly before: EffectiveLimits | null;
  readonly rules: SubjectRules;
  readonly now: EpochMs;
}

function rejudgeValue(
  state: SubjectState,
  patient: PatientId,
  track: VitalTrack,
  reading: Reading,
  { before, rules }: Change,
  when: Circumstance,
): (AlarmEvent | null)[] {
  const { vital, value, t } = reading;
  return DIRECTIONS.map((direction) => {
    const was = before?.values[vital]?.[direction];
    const tiers = rules.limits.values[vital]?.[direction];
    if (tiers === undefined || (before !== null && isSame(was, tiers))) return null;
    const limit = limitTrack(state, track, vital, direction);
    const step = stepAnew(limit, was, tiers, VALUE_TEST, value, t);
    if (step === null) return null;
    return step.kind === 'inside'
      ? release(state, limit, vital, direction, when.received)
      : holdLimit(state, patient, limit, step, reading, when);
  });
}

function rejudgeChange(
  state: SubjectState,
  patient: PatientId,
  track: VitalTrack,
  reading: Reading,
  { before, rules }: Change,
  when: Circumstance,
): (AlarmEvent | null)[] {
  const { vital, value, t } = reading;
  return COURSES.map((course) => {
    const was = before?.changes[vital]?.[course];
    const tiers = rules.limits.changes[vital]?.[course];
    if (tiers === undefined || (before !== null && isSame(was, tiers))) return null;
    const limit = changeTrack(state, track, vital, course);
    const change = changeInWindow(limit, course, tiers[0].window_ms, t, value);
    const step = stepAnew(limit, was, tiers, CHANGE_TEST, change, t);
    if (step === null) return null;
    return step.kind === 'inside'
      ? release(state, limit, vital, course, when.received)
      : holdChange(state, patient, limit, step, reading, change, when);
  });
}

function rejudgeVital(
  state: SubjectState,
  patient: PatientId,
  device: DeviceId,
  of: DeviceTrack,
  vital: Vital,
  track: VitalTrack,
  change: Change,
): (AlarmEvent | null)[] {
  const { lastValue, lastMeasured, evaluatedAt } = track;
  const { now, rules } = change;
  if (lastMeasured === NEVER || evaluatedAt === NEVER) return [];
  if (now - lastMeasured > silenceLimitMs(vital, track, of.heard?.registeredMs ?? null)) return [];
  const reading = { device, vital, t: evaluatedAt, value: lastValue };
  // The onset is when it is raised, by the device's clock: two changes of limits may find the same value, and an alarm
  // that had the value's time would have the id of one that is over.
  const at = Math.max(evaluatedAt, Math.round(now + evaluatedAt - lastMeasured));
  const when = { at, received: now, rules };
  return [
    ...rejudgeValue(state, patient, track, reading, change, when),
    ...rejudgeChange(state, patient, track, reading, change, when),
  ];
}

function rejudgeCombinations(
  state: SubjectState,
  patient: PatientId,
  { before, rules, now }: Change,
): (AlarmEvent | null)[] {
  return rules.limits.combinations.map(({ name, tiers }) => {
    const was = before?.combinations.find((one) => one.name === name)?.tiers;
    if (before !== null && isSame(was, tiers)) return null;
    const at = measuredTogether(tiers[0], state.newest, now);
    if (at === null) return null;
    const track = combinationTrack(state, name);
    const step = stepAnew(track, was, tiers, COMBINATION_TEST, state.newest, at);
    if (step === null) return null;
    return step.kind === 'inside'
      ? releaseCombination(state, track, name, now)
      : holdCombination(state, patient, track, step, { at: now, received: now, rules });
  });
}

/** Whether an alarm is of a target that nothing limits any more. */
function isSwitchedOff(alarm: Alarm, { values, changes, combinations }: EffectiveLimits): boolean {
  if (alarm.kind === 'technical') return false;
  switch (alarm.cause) {
    case 'limit':
      return values[alarm.vital]?.[alarm.direction] === undefined;
    case 'change':
      return changes[alarm.vital]?.[alarm.course] === undefined;
    case 'combination':
      return !combinations.some(({ name }) => name === alarm.name);
    case 'news2':
      return false;
  }
}

/** Forgets how values stood to targets that nothing limits any more, and ends their alarms. */
function switchOff(state: SubjectState, limits: EffectiveLimits, now: EpochMs): AlarmEvent[] {
  for (const { tracks } of state.devices.values()) {
    for (const track of tracks) {
      const { vital } = track;
      track.restUnder = null;
      const [values, changes] = [limits.values[vital], limits.changes[vital]];
      for (const direction of DIRECTIONS) if (!values?.[direction]) delete track.limits[direction];
      for (const course of COURSES) if (!changes?.[course]) delete track.changes?.[course];
      if (changes === undefined) track.changes = null;
    }
  }
  const events: (AlarmEvent | null)[] = dropCombinations(state, limits.combinations, now);
  for (const [key, alarm] of state.live) {
    if (isSwitchedOff(alarm, limits)) events.push(end(state, key, now));
  }
  return events.filter((event) => event !== null);
}

/**
 * The limits of a subject have changed: judges what is known by the new ones at once. What nothing limits any more ends, and
 * so does what is beyond none of its new tiers; a value beyond a new tier begins its delay at its own sample time, and
 * alarms if that has lasted. Only values that are current count, i.e. not older than the silence limit of their vital
 * (missing data is not health): the others are judged when they come. What ends latches as ever, unless it was seen.
 * @param before the limits until now: targets they have in common with the new ones are left alone, or a change of one
 *   would end the alarm of another within its margin; null: not known, everything is judged anew
 * @param rules with the new limits
 * @param now server time, which is the time of what ends; what is raised has its device's time
 */
export function limitsChanged(
  state: SubjectState,
  before: EffectiveLimits | null,
  rules: SubjectRules,
  now: EpochMs,
): AlarmEvent[] {
  const { patient } = state;
  if (patient === null || before === rules.limits) return [];
  const change = { before, rules, now };
  const events: (AlarmEvent | null)[] = switchOff(state, rules.limits, now);
  for (const [device, of] of state.devices) {
    for (const track of of.tracks)
      events.push(...rejudgeVital(state, patient, device, of, track.vital, track, change));
  }
  events.push(...rejudgeCombinations(state, patient, change));
  return events.filter((event) => event !== null);
}
