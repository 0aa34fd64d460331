import type { AlarmEvent, AlarmEventName, AlarmLife, LimitAlarm } from '../../src/model/alarm.ts';
import { physiologicalAlarmId } from '../../src/model/alarm.ts';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';

export const P1 = 'P1' as PatientId;
export const P2 = 'P2' as PatientId;

/** The life of an alarm of which nothing but the raising is known, received at once. */
export function newLife(onset: number): AlarmLife {
  return {
    presence: 'on',
    ended: null,
    cleared: null,
    raised_at: onset,
    alerted_at: onset,
    circle: 'ward',
    escalated_at: null,
    received_at: null,
    unattended: false,
    shelved_until: null,
    acknowledged_by: null,
    acknowledged_at: null,
    first_acknowledged_at: null,
  };
}

/** A low SpO2 alarm of `patient` raised at `onset`. */
export function anAlarm(onset: number, fields: Partial<LimitAlarm> = {}): LimitAlarm {
  const patient = fields.patient ?? P1;
  return {
    kind: 'physiological',
    id: physiologicalAlarmId(patient, { cause: 'limit', vital: 'spo2', direction: 'low' }, onset),
    patient,
    device: 'D1' as DeviceId,
    priority: 'medium',
    cause: 'limit',
    onset,
    ...newLife(onset),
    vital: 'spo2',
    direction: 'low',
    threshold: 90,
    value: 86,
    breached_since: onset - 15_000,
    retrospective: false,
    ...fields,
  };
}

export function raised(onset: number, fields: Partial<LimitAlarm> = {}): AlarmEvent {
  return step('raised', onset, anAlarm(onset, fields));
}

export function cleared(onset: number, at: number, fields: Partial<LimitAlarm> = {}): AlarmEvent {
  return step('cleared', at, anAlarm(onset, { ...fields, ended: at, cleared: at, presence: 'off' }));
}

function step(event: AlarmEventName, at: number, alarm: LimitAlarm): AlarmEvent {
  return { event, at, alarm };
}
