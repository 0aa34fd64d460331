import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import type { Tiers } from '../model/effective-limits.ts';
import type { PatientId } from '../model/ids.ts';
import { type ChangeLimit, COURSES, type Course, type Priority } from '../model/limit.ts';
import type { Vital } from '../model/vital.ts';
import type { ChangeTrack, VitalTrack } from './device-track.ts';
import { hold } from './live-alarms.ts';
import { inheritedPriority, letGo, type Reading, release } from './physiological.ts';
import type { Circumstance } from './subject-rules.ts';
import type { SubjectState } from './subject-state.ts';
import {
  newLimitTrack,
  type ReachedTier,
  ROUNDING,
  startAnew,
  stepTiers,
  type TierTest,
} from './tier-step.ts';

/**
 * A window keeps at most one value of each of this many parts of it, so it has a bound however often a device sends and
 * however long the window is; at one value a second nothing is lost in windows of up to half an hour.
 */
export const WINDOW_PARTS = 2_048;

/**
 * A breach is a change by `change` or more. Inside is short of it by the margin; a margin as wide as the change, or
 * wider, asks for no change at all, or it would never clear.
 */
export const CHANGE_TEST: TierTest<ChangeLimit, number> = {
  isBeyond: (limit, change) => change >= limit.change - ROUNDING,
  isInside: (limit, change) =>
    change < limit.change - ROUNDING && change <= Math.max(0, limit.change - limit.clear_margin) + ROUNDING,
};

/** A track of which nothing is known yet. */
export function newChangeTrack(held: Priority | null = null): ChangeTrack {
  return { ...newLimitTrack(held), times: [], values: [] };
}

/** How far `a` is ahead of `b` on the way that the course comes from. */
function ahead(course: Course, a: number, b: number): number {
  return course === 'falling' ? a - b : b - a;
}

/**
 * How much the vital has come down (falling) or up (rising) at `t`, from the highest or lowest value of the window
 * [t - windowMs, t] to `value`, the newest in it. At least 0, in the vital's unit.
 */
export function changeInWindow(
  { times, values }: ChangeTrack,
  course: Course,
  windowMs: number,
  t: EpochMs,
  value: number,
): number {
  while (times[0] !== undefined && times[0] < t - windowMs) {
    times.shift();
    values.shift();
  }
  return values[0] === undefined ? 0 : Math.max(0, ahead(course, values[0], value));
}

/**
 * Takes a value into the window. A value that a newer one reaches can never again be the extreme and is dropped, which
 * leaves them sorted. Of several in one part of the window (`WINDOW_PARTS`) the extreme stays, at the time of the newest:
 * a change is then seen over a window longer by at most that part, and none is missed.
 */
export function takeIntoWindow(
  { times, values }: ChangeTrack,
  course: Course,
  windowMs: number,
  t: EpochMs,
  value: number,
): void {
  for (
    let last = values.at(-1);
    last !== undefined && ahead(course, last, value) <= 0;
    last = values.at(-1)
  ) {
    times.pop();
    values.pop();
  }
  const partMs = Math.max(1, windowMs / WINDOW_PARTS);
  const newest = times.at(-1);
  if (newest !== undefined && Math.floor(newest / partMs) === Math.floor(t / partMs)) {
    times[times.length - 1] = t;
    return;
  }
  times.push(t);
  values.push(value);
}

/** The track of one course, begun when there is none. */
export function changeTrack(
  state: SubjectState,
  vitalTrack: VitalTrack,
  vital: Vital,
  course: Course,
): ChangeTrack {
  vitalTrack.changes ??= {};
  let track = vitalTrack.changes[course];
  if (!track) {
    track = newChangeTrack(inheritedPriority(state, vital, course));
    vitalTrack.changes[course] = track;
  }
  return track;
}

/** The device holds the patient's alarm at the tier that was reached. */
export function holdChange(
  state: SubjectState,
  patient: PatientId,
  track: ChangeTrack,
  { tier, since }: ReachedTier<ChangeLimit>,
  { device, vital, value }: Reading,
  change: number,
  when: Circumstance,
): AlarmEvent | null {
  const { priority, course, change: threshold, window_ms } = tier;
  track.held = priority;
  const breached = { priority, threshold, window_ms, change, value, breached_since: since };
  return hold(state, { cause: 'change', patient, device, vital, course, ...breached }, when);
}

function evaluateCourse(
  state: SubjectState,
  patient: PatientId,
  vitalTrack: VitalTrack,
  tiers: Tiers<ChangeLimit> | undefined,
  course: Course,
  reading: Reading,
  afterGap: boolean,
  when: Circumstance,
): AlarmEvent | null {
  const { vital, t, value } = reading;
  if (!tiers) {
    const track = vitalTrack.changes?.[course];
    if (!track) return null;
    delete vitalTrack.changes?.[course];
    return track.held ? release(state, track, vital, course, t) : null;
  }
  const track = changeTrack(state, vitalTrack, vital, course);
  const windowMs = tiers[0].window_ms;
  if (afterGap) {
    track.times.length = 0;
    track.values.length = 0;
    startAnew(track);
  }
  takeIntoWindow(track, course, windowMs, t, value);
  const change = changeInWindow(track, course, windowMs, t, value);
  const step = stepTiers(track, tiers, CHANGE_TEST, change, t, afterGap);
  if (step === null) return null;
  if (step.kind === 'inside') return letGo(state, track, reading, course);
  return holdChange(state, patient, track, step, reading, change, when);
}

/**
 * Evaluates one trusted, timely value against the limits on how the vital changes, by the same rules of delay, clearing
 * and priority as a limit on the value (rules 1 to 4). Not to be called where there is neither such a limit nor
 * `track.changes`.
 * @param afterGap the distance to the value before was longer than the silence limit: what was before is forgotten, because
 *   nobody knows how the vital went meanwhile, and delays start anew
 */
export function evaluateChanges(
  state: SubjectState,
  patient: PatientId,
  track: VitalTrack,
  reading: Reading,
  afterGap: boolean,
  when: Circumstance,
): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  const of = when.rules.limits.changes[reading.vital];
  for (const course of COURSES) {
    const tiers = of?.[course];
    const event = evaluateCourse(state, patient, track, tiers, course, reading, afterGap, when);
    if (event) events.push(event);
  }
  if (of === undefined) track.changes = null;
  return events;
}
