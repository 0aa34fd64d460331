import type { EpochMs } from '../core/clock.ts';
import type { AlarmId, ClinicianId, Cursor, DeviceId, PatientId } from './ids.ts';
import type { Direction, Priority } from './limit.ts';
import type { Vital } from './vital.ts';

/** Presence words as in HL7 FHIR DeviceAlert (clinical rule 6). */
export type Presence = 'on' | 'ack' | 'off';

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

interface AlarmCommon {
  readonly id: AlarmId;
  /** Null only for a device that is assigned to nobody. */
  readonly patient: PatientId | null;
  /** The device whose samples raised it. */
  readonly device: DeviceId;
  /** The highest reached. */
  readonly priority: Priority;
  readonly presence: Presence;
  /** Sample time at which it was raised, after the onset delay. */
  readonly onset: EpochMs;
  /** Sample time at which it cleared; null while it lives. */
  readonly cleared: EpochMs | null;
  readonly acknowledged_by: ClinicianId | null;
  readonly acknowledged_at: EpochMs | null;
}

export interface PhysiologicalAlarm extends AlarmCommon {
  readonly kind: 'physiological';
  readonly vital: Vital;
  readonly direction: Direction;
  /** The threshold of the highest tier reached, in the vital's unit. */
  readonly threshold: number;
  /** The value that raised it, or raised its priority last. */
  readonly value: number;
  /** Sample time of the first breach of the tier that raised it. */
  readonly breached_since: EpochMs;
  /** Found in late samples: listed, never sounded (rule 3). */
  readonly retrospective: boolean;
}

export interface TechnicalAlarm extends AlarmCommon {
  readonly kind: 'technical';
  readonly condition: TechnicalCondition;
  /** Null when the condition is of the whole device. */
  readonly vital: Vital | null;
  /** Sample time of the last good value; null if there was none. */
  readonly last_value_at: EpochMs | null;
}

export type Alarm = PhysiologicalAlarm | TechnicalAlarm;

export type AlarmEventName = 'raised' | 'priority_raised' | 'acknowledged' | 'cleared' | 'retrospective';

/** One step in an alarm's life, with the alarm as it is after the step. */
export interface AlarmEvent {
  readonly event: AlarmEventName;
  /** Sample time of the step. */
  readonly at: EpochMs;
  readonly alarm: Alarm;
}

/** An alarm event as it stands in the alarm log. */
export interface LoggedAlarmEvent extends AlarmEvent {
  readonly cursor: Cursor;
}

/** The subject an alarm and its engine state belong to: a patient, or a device that nobody is assigned to. */
export function subjectOf(patient: PatientId | null, device: DeviceId): string {
  return patient ?? `device:${device}`;
}

/** Id of a physiological alarm (clinical rule 2). Ids hold no `:`, so no two differ only in where a part ends. */
export function physiologicalAlarmId(
  patient: PatientId,
  vital: Vital,
  direction: Direction,
  onset: EpochMs,
  retrospective = false,
): AlarmId {
  return `${patient}:${vital}:${direction}:${onset}${retrospective ? ':retrospective' : ''}` as AlarmId;
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
