import type { AlarmEvent, AlarmEventName, PhysiologicalAlarm } from '../../src/model/alarm.ts';
import { physiologicalAlarmId } from '../../src/model/alarm.ts';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';

export const P1 = 'P1' as PatientId;
export const P2 = 'P2' as PatientId;

/** A low SpO2 alarm of `patient` raised at `onset`. */
export function anAlarm(onset: number, fields: Partial<PhysiologicalAlarm> = {}): PhysiologicalAlarm {
  const patient = fields.patient ?? P1;
  return {
    kind: 'physiological',
    id: physiologicalAlarmId(patient, 'spo2', 'low', onset),
    patient,
    device: 'D1' as DeviceId,
    priority: 'medium',
    presence: 'on',
    onset,
    cleared: null,
    acknowledged_by: null,
    acknowledged_at: null,
    vital: 'spo2',
    direction: 'low',
    threshold: 90,
    value: 86,
    breached_since: onset - 15_000,
    retrospective: false,
    ...fields,
  };
}

export function raised(onset: number, fields: Partial<PhysiologicalAlarm> = {}): AlarmEvent {
  return step('raised', onset, anAlarm(onset, fields));
}

export function cleared(onset: number, at: number, fields: Partial<PhysiologicalAlarm> = {}): AlarmEvent {
  return step('cleared', at, anAlarm(onset, { ...fields, cleared: at, presence: 'off' }));
}

function step(event: AlarmEventName, at: number, alarm: PhysiologicalAlarm): AlarmEvent {
  return { event, at, alarm };
}
