import type { EpochMs } from '../core/clock.ts';
import { type Alarm, type AlarmEvent, type AlarmEventName, CIRCLES, type Circle } from '../model/alarm.ts';
import type { AlarmId, ClinicianId } from '../model/ids.ts';
import { alerting, shelvedUntil } from './live-alarms.ts';
import type { ResponseTimes, SubjectRules } from './subject-rules.ts';
import type { SubjectState } from './subject-state.ts';

/** Clocks are set right by less all the time. */
const SET_BACK_MS = 5_000;

function entryOf(state: SubjectState, id: AlarmId): readonly [string, Alarm] | null {
  for (const entry of state.live) if (entry[1].id === id) return entry;
  return null;
}

/** Puts the alarm in its new state, and tells what happened to it. */
function change(
  state: SubjectState,
  key: string,
  event: AlarmEventName,
  at: EpochMs,
  alarm: Alarm,
): AlarmEvent {
  if (alarm.presence === 'off') state.live.delete(key);
  else state.live.set(key, alarm);
  return { event, at, alarm };
}

/**
 * A person has seen a live alarm: stops the sound, not the alarm, while its condition lasts; one that had latched is over
 * (rule 6). Null: not live, or seen already, or not what was seen.
 * @param seen `alerted_at` of the alarm as the person saw it, if that is known: what has alerted since was not seen
 */
export function acknowledge(
  state: SubjectState,
  id: AlarmId,
  by: ClinicianId,
  at: EpochMs,
  seen: EpochMs | null = null,
): AlarmEvent | null {
  const [key, live] = entryOf(state, id) ?? [];
  if (key === undefined || live === undefined || live.presence === 'ack') return null;
  if (seen !== null && seen !== live.alerted_at) return null;
  const over = live.presence === 'latched';
  return change(state, key, 'acknowledged', at, {
    ...live,
    presence: over ? 'off' : 'ack',
    cleared: over ? at : null,
    // Who has seen it has it, whether or not their client confirmed that.
    received_at: live.received_at ?? at,
    unattended: false,
    acknowledged_by: by,
    acknowledged_at: at,
    first_acknowledged_at: live.first_acknowledged_at ?? at,
  });
}

/** A clinician's client has the alarm (rule 7). Null: known already, or nobody was missed. */
export function confirmReceipt(state: SubjectState, id: AlarmId, at: EpochMs): AlarmEvent | null {
  const [key, live] = entryOf(state, id) ?? [];
  if (key === undefined || live === undefined || live.received_at !== null) return null;
  const alarm: Alarm = { ...live, received_at: at, unattended: false };
  if (live.unattended) return change(state, key, 'attended', at, alarm);
  state.live.set(key, alarm);
  return null;
}

function nextCircle(circle: Circle): Circle | null {
  return CIRCLES[CIRCLES.indexOf(circle) + 1] ?? null;
}

/**
 * Whether at least `ms` have passed since `since`. A time well ahead is of before the server's clock was set back: how long
 * ago that was nobody knows, and to wait until the clock is there again could be hours.
 */
function hasLasted(since: EpochMs, ms: number, now: EpochMs): boolean {
  return now - since >= ms || since - now > SET_BACK_MS;
}

/** What the time alone does to one alarm of a patient. */
function lapse(
  state: SubjectState,
  key: string,
  live: Alarm,
  now: EpochMs,
  rules: SubjectRules,
  times: ResponseTimes,
): AlarmEvent[] {
  if (live.shelved_until !== null) return [];
  if (live.presence === 'ack') {
    if (!hasLasted(live.acknowledged_at ?? now, times.realertAfterMs, now)) return [];
    const alarm: Alarm = { ...live, presence: 'on', circle: rules.firstCircle, ...alerting(now) };
    return [change(state, key, 'realerted', now, alarm)];
  }
  const events: AlarmEvent[] = [];
  let alarm = live;
  const unseen = alarm.received_at === null && !alarm.unattended;
  if (unseen && hasLasted(alarm.alerted_at, times.unattendedAfterMs, now)) {
    alarm = { ...alarm, unattended: true };
    events.push(change(state, key, 'unattended', now, alarm));
  }
  const patienceMs = times.escalateAfterMs[alarm.priority];
  const next = nextCircle(alarm.circle);
  const since = alarm.escalated_at ?? alarm.alerted_at;
  if (patienceMs !== null && next !== null && hasLasted(since, patienceMs, now)) {
    alarm = { ...alarm, circle: next, escalated_at: now };
    events.push(change(state, key, 'escalated', now, alarm));
  }
  return events;
}

/**
 * What time alone does at `now` (server time): shelves end, acknowledged alarms alert again, alarms that no client has are
 * unattended, those that nobody acknowledges are escalated (rules 6 to 8). To be called about once a second.
 */
export function lapseResponses(
  state: SubjectState,
  now: EpochMs,
  rules: SubjectRules,
  times: ResponseTimes,
): AlarmEvent[] {
  if (state.patient === null || state.live.size === 0) return [];
  const events = applyShelves(state, now, rules);
  for (const [key, live] of state.live) events.push(...lapse(state, key, live, now, rules, times));
  return events;
}

/** Live alarms go on and off the shelf as the rules and the time have it (rule 8). */
export function applyShelves(state: SubjectState, now: EpochMs, rules: SubjectRules): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  for (const [key, live] of state.live) {
    const until = shelvedUntil(live, live.priority, rules, now);
    if (until === live.shelved_until) continue;
    if (until !== null) {
      events.push(change(state, key, 'shelved', now, { ...live, shelved_until: until }));
      continue;
    }
    // Who has seen it has seen it: it only waits for a person again if nobody had.
    const anew = live.presence === 'ack' ? {} : { circle: rules.firstCircle, ...alerting(now) };
    events.push(change(state, key, 'unshelved', now, { ...live, ...anew, shelved_until: null }));
  }
  return events;
}
