import type { EpochMs } from '../core/clock.ts';
import {
  type Alarm,
  type AlarmEvent,
  type AlarmLife,
  conditionKey,
  type PhysiologicalAlarm,
  physiologicalAlarmId,
  type TechnicalAlarm,
  type TechnicalCondition,
  technicalAlarmId,
} from '../model/alarm.ts';
import type { DeviceId } from '../model/ids.ts';
import { type Direction, type Priority, rank } from '../model/limit.ts';
import { shelfKey } from '../model/shelf.ts';
import type { Vital } from '../model/vital.ts';
import type { Circumstance, SubjectRules } from './subject-rules.ts';
import { type SubjectState, technicalKey } from './subject-state.ts';

type Without<Alarm, Keys extends PropertyKey> = Alarm extends unknown ? Omit<Alarm, Keys> : never;
/** What an evaluation found out about the person: an alarm but for its identity and its life. */
export type Finding = Without<
  PhysiologicalAlarm,
  keyof AlarmLife | 'id' | 'onset' | 'kind' | 'retrospective'
>;

/** What alarms of a vital and direction are shelved under; null: what cannot be shelved. */
function shelvedUnder(of: Finding | Alarm): string | null {
  if (!('cause' in of)) return null;
  const direction: Direction | null =
    of.cause === 'limit'
      ? of.direction
      : of.cause === 'change'
        ? of.course === 'falling'
          ? 'low'
          : 'high'
        : null;
  return direction === null || !('vital' in of) ? null : shelfKey(of.vital, direction);
}

/** Until when an alarm of this priority is shelved at `received`; high priority sounds through every shelf (rule 8). */
export function shelvedUntil(
  of: Finding | Alarm,
  priority: Priority,
  rules: SubjectRules,
  received: EpochMs,
): EpochMs | null {
  const key = priority === 'high' ? null : shelvedUnder(of);
  const until = key === null ? undefined : rules.shelvedUntil.get(key);
  return until !== undefined && until > received ? until : null;
}

/** What begins anew when an alarm begins to wait for a person. One that nobody has stays unattended until somebody does. */
export function alerting(received: EpochMs) {
  return {
    alerted_at: received,
    escalated_at: null,
    received_at: null,
    acknowledged_by: null,
    acknowledged_at: null,
  } as const;
}

/** The life of an alarm that begins. */
function newLife({ received, rules }: Circumstance): Omit<AlarmLife, 'shelved_until'> {
  return {
    presence: 'on',
    ended: null,
    cleared: null,
    raised_at: received,
    circle: rules.firstCircle,
    first_acknowledged_at: null,
    unattended: false,
    ...alerting(received),
  };
}

/**
 * A tier was reached: raises the alarm of this condition; or raises the priority of the one that lives; or brings back
 * one whose condition had gone unseen (rules 2 and 6). Null: nothing new.
 */
export function hold(state: SubjectState, finding: Finding, when: Circumstance): AlarmEvent | null {
  const key = conditionKey(finding);
  const live = state.live.get(key);
  const { at, received, rules } = when;
  if (live === undefined) {
    const alarm = {
      ...finding,
      id: physiologicalAlarmId(finding.patient, finding, at),
      kind: 'physiological',
      onset: at,
      retrospective: false,
      ...newLife(when),
      shelved_until: shelvedUntil(finding, finding.priority, rules, received),
    } as PhysiologicalAlarm;
    state.live.set(key, alarm);
    return { event: 'raised', at, alarm };
  }
  const worse = rank(finding.priority) > rank(live.priority);
  const back = live.presence === 'latched';
  if (live.kind !== 'physiological' || (!worse && !back)) return null;
  const priority = worse ? finding.priority : live.priority;
  // The key is the condition's, so that both speak of the same.
  const alarm = {
    ...live,
    ...(rank(finding.priority) >= rank(live.priority) ? finding : {}),
    priority,
    presence: 'on',
    ended: null,
    // A worsening is news to whoever has seen the milder alarm (rule 6). What latched has been seen by nobody, and goes on
    // waiting: a condition that comes and goes must not put off its escalation each time.
    ...(back ? {} : alerting(received)),
    shelved_until: shelvedUntil(live, priority, rules, received),
  } as PhysiologicalAlarm;
  state.live.set(key, alarm);
  return { event: back ? 'recurred' : 'priority_raised', at, alarm };
}

/** What a technical alarm is about. */
export interface TechnicalFinding {
  readonly device: DeviceId;
  readonly condition: TechnicalCondition;
  readonly vital: Vital | null;
  readonly lastValueAt: EpochMs | null;
}

/** Raises a technical alarm unless it lives already. */
export function raiseTechnical(
  state: SubjectState,
  { device, condition, vital, lastValueAt }: TechnicalFinding,
  when: Circumstance,
): AlarmEvent | null {
  const key = technicalKey(device, condition, vital);
  if (state.live.has(key)) return null;
  const alarm: TechnicalAlarm = {
    id: technicalAlarmId(state.patient, device, condition, vital, when.at),
    kind: 'technical',
    patient: state.patient,
    device,
    condition,
    vital,
    // Technical alarms speak of the measurement; none of these endangers the person at once (IEC 60601-1-8, 6.1.2).
    priority: 'low',
    onset: when.at,
    last_value_at: lastValueAt,
    ...newLife(when),
    shelved_until: null,
  };
  state.live.set(key, alarm);
  return { event: 'raised', at: when.at, alarm };
}

/**
 * The condition under `key` is gone: the alarm is over, unless it is of high priority and no person has seen it, when it
 * latches (rule 6). Null: there is none, or it had latched.
 */
export function end(state: SubjectState, key: string, at: EpochMs): AlarmEvent | null {
  const live = state.live.get(key);
  if (!live || live.presence === 'latched') return null;
  state.inherited.delete(key);
  if (live.kind === 'technical' || live.priority !== 'high' || live.presence === 'ack')
    return clear(state, key, at);
  const ended = Math.max(at, live.onset);
  const alarm: Alarm = { ...live, presence: 'latched', ended };
  state.live.set(key, alarm);
  return { event: 'latched', at: ended, alarm };
}

/** Ends the live alarm under `key` for good, if there is one. */
export function clear(state: SubjectState, key: string, at: EpochMs): AlarmEvent | null {
  const live = state.live.get(key);
  if (!live) return null;
  state.live.delete(key);
  state.inherited.delete(key);
  // One raised by server time (silence), or by a device of another clock, may end with a sample from just before: it lasted
  // no time, not less than none.
  const cleared = Math.max(at, live.onset);
  return {
    event: 'cleared',
    at: cleared,
    alarm: { ...live, presence: 'off', ended: live.ended ?? cleared, cleared },
  };
}
