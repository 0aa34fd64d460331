import type { EpochMs } from '../core/clock.ts';
import type { AlarmId, ClinicianId, Cursor, DeviceId, PatientId } from './ids.ts';
import type { Course, Direction, Priority } from './limit.ts';
import type { News2Trigger } from './news2.ts';
import type { Vital } from './vital.ts';

export const PRESENCES = ['on', 'latched', 'ack', 'off'] as const;
/**
 * Presence words as in HL7 FHIR DeviceAlert (clinical rule 6). `latched`: the condition is gone and no person has seen
 * it; `ack`: seen, the condition lasts.
 */
export type Presence = (typeof PRESENCES)[number];

export const CIRCLES = ['assigned', 'ward', 'on_duty'] as const;
/**
 * Who is to respond (clinical rule 7): clinicians named for the patient, everyone of the ward, every clinician who is
 * connected. Each holds the ones before it.
 */
export type Circle = (typeof CIRCLES)[number];

/** What a technical alarm says about the measurement, not about the person (clinical rules 4 and 5). */
export const TECHNICAL_CONDITIONS = [
  'device_offline',
  'signal_lost',
  'off_body',
  'motion',
  'poor_contact',
  'impossible_value',
  'frozen_value',
  'unassigned_device',
] as const;
export type TechnicalCondition = (typeof TECHNICAL_CONDITIONS)[number];

/** An alarm's life: what the condition does, and what people do about it. */
export interface AlarmLife {
  readonly presence: Presence;
  /** Sample time at which the condition ended; null while it lasts. */
  readonly ended: EpochMs | null;
  /** When the alarm was over: with its condition, or, latched, when a person had seen it; null while it lives. */
  readonly cleared: EpochMs | null;
  /** Server time at which it was raised. */
  readonly raised_at: EpochMs;
  /**
   * Server time since which it waits for a person: raised, worse, off the shelf, or alerting again. What had latched and is
   * back has been waiting all along.
   */
  readonly alerted_at: EpochMs;
  readonly circle: Circle;
  /** Server time at which the circle was last widened since `alerted_at`; null: not yet. */
  readonly escalated_at: EpochMs | null;
  /** Server time at which the first clinician's client confirmed to have it, since `alerted_at`; null: none did. */
  readonly received_at: EpochMs | null;
  /** No clinician's client confirmed to have it in time. */
  readonly unattended: boolean;
  /** Until when it is shelved; null: it is not. */
  readonly shelved_until: EpochMs | null;
  readonly acknowledged_by: ClinicianId | null;
  readonly acknowledged_at: EpochMs | null;
  /** Server time at which a person first had seen it, however often it alerted again. */
  readonly first_acknowledged_at: EpochMs | null;
}

interface AlarmCommon extends AlarmLife {
  readonly id: AlarmId;
  /** The highest reached. */
  readonly priority: Priority;
  /** Sample time at which it was raised, after the onset delay. */
  readonly onset: EpochMs;
}

interface PhysiologicalCommon extends AlarmCommon {
  readonly kind: 'physiological';
  readonly patient: PatientId;
  /** Sample time of the first breach of the tier that raised it. */
  readonly breached_since: EpochMs;
  /** Found in late samples: listed, never sounded (rule 3). */
  readonly retrospective: boolean;
}

/** A vital is beyond a limit. */
export interface LimitAlarm extends PhysiologicalCommon {
  readonly cause: 'limit';
  /** The device whose samples raised it. */
  readonly device: DeviceId;
  readonly vital: Vital;
  readonly direction: Direction;
  /** The threshold of the highest tier reached, in the vital's unit. */
  readonly threshold: number;
  /** The value that raised it, or raised its priority last. */
  readonly value: number;
}

/** A vital changes too fast. */
export interface ChangeAlarm extends PhysiologicalCommon {
  readonly cause: 'change';
  readonly device: DeviceId;
  readonly vital: Vital;
  readonly course: Course;
  /** The change that the highest tier reached allows, in the vital's unit; above 0. */
  readonly threshold: number;
  readonly window_ms: number;
  /** The change that raised it, or raised its priority last; above 0. */
  readonly change: number;
  /** The value it had come to. */
  readonly value: number;
}

/** Several vitals are beyond their thresholds at once. */
export interface CombinationAlarm extends PhysiologicalCommon {
  readonly cause: 'combination';
  /** The device whose sample completed it. */
  readonly device: DeviceId;
  readonly name: string;
  /** The values that raised it, or raised its priority last. */
  readonly values: Readonly<Partial<Record<Vital, number>>>;
}

/** NEWS2 has reached a trigger. */
export interface News2Alarm extends PhysiologicalCommon {
  readonly cause: 'news2';
  /** Null: it is of no one device. */
  readonly device: null;
  readonly score: number;
  readonly trigger: News2Trigger;
}

export type PhysiologicalAlarm = LimitAlarm | ChangeAlarm | CombinationAlarm | News2Alarm;

export interface TechnicalAlarm extends AlarmCommon {
  readonly kind: 'technical';
  /** Null only for a device that is assigned to nobody. */
  readonly patient: PatientId | null;
  readonly device: DeviceId;
  readonly condition: TechnicalCondition;
  /** Null when the condition is of the whole device. */
  readonly vital: Vital | null;
  /** Sample time of the last good value; null if there was none. */
  readonly last_value_at: EpochMs | null;
}

export type Alarm = PhysiologicalAlarm | TechnicalAlarm;

export const ALARM_EVENTS = [
  'raised',
  'priority_raised',
  'latched',
  'recurred',
  'realerted',
  'escalated',
  'unattended',
  'attended',
  'shelved',
  'unshelved',
  'acknowledged',
  'cleared',
  'retrospective',
] as const;
export type AlarmEventName = (typeof ALARM_EVENTS)[number];

/** Events with which an alarm calls for a person, who may be waited for already. */
export const ALERTING_EVENTS: ReadonlySet<AlarmEventName> = new Set<AlarmEventName>([
  ...['raised', 'priority_raised', 'recurred', 'realerted', 'unshelved'],
] as AlarmEventName[]);

/** One step in an alarm's life, with the alarm as it is after the step. */
export interface AlarmEvent {
  readonly event: AlarmEventName;
  /** Sample time of what the condition does; server time of what people and time-outs do. */
  readonly at: EpochMs;
  readonly alarm: Alarm;
}

/** An alarm event as it stands in the alarm log. */
export interface LoggedAlarmEvent extends AlarmEvent {
  readonly cursor: Cursor;
}

/** The subject an alarm and its engine state belong to: a patient, or a device that nobody is assigned to. */
export function subjectOf(patient: PatientId | null, device: DeviceId | null): string {
  return patient ?? `device:${device}`;
}

/** What a physiological alarm is about; one alarm lives for each (clinical rule 2). */
export type PhysiologicalCondition =
  | { readonly cause: 'limit'; readonly vital: Vital; readonly direction: Direction }
  | { readonly cause: 'change'; readonly vital: Vital; readonly course: Course }
  | { readonly cause: 'combination'; readonly name: string }
  | { readonly cause: 'news2' };

/** The condition as text, e.g. `spo2:low`, `spo2:falling`, `combination:shock`, `news2`. */
export function conditionKey(of: PhysiologicalCondition): string {
  switch (of.cause) {
    case 'limit':
      return `${of.vital}:${of.direction}`;
    case 'change':
      return `${of.vital}:${of.course}`;
    case 'combination':
      return `combination:${of.name}`;
    case 'news2':
      return 'news2';
  }
}

/** Id of a physiological alarm (clinical rule 2). Ids hold no `:`, so no two differ only in where a part ends. */
export function physiologicalAlarmId(
  patient: PatientId,
  condition: PhysiologicalCondition,
  onset: EpochMs,
  retrospective = false,
): AlarmId {
  return `${patient}:${conditionKey(condition)}:${onset}${retrospective ? ':retrospective' : ''}` as AlarmId;
}

/** Id of a technical alarm. */
export function technicalAlarmId(
  patient: PatientId | null,
  device: DeviceId,
  condition: TechnicalCondition,
  vital: Vital | null,
  onset: EpochMs,
): AlarmId {
  return `${patient ?? ''}:${device}:${condition}:${vital ?? ''}:${onset}` as AlarmId;
}

/** The vitals that an alarm speaks of; none: of the whole device, or of the score. */
export function vitalsConcerned(alarm: Alarm): readonly Vital[] {
  if (alarm.kind === 'technical') return alarm.vital === null ? [] : [alarm.vital];
  switch (alarm.cause) {
    case 'limit':
    case 'change':
      return [alarm.vital];
    case 'combination':
      return Object.keys(alarm.values) as Vital[];
    case 'news2':
      return [];
  }
}
