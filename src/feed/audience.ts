import type { Alarm, AlarmEvent } from '../model/alarm.ts';
import type { Clinician, Patient } from '../model/people.ts';

/**
 * What of an alarm event goes to somebody: the alarm as `watched` (it is of whom they watch) or `escalated` (it is
 * not, and everybody on duty was called), only that it is `unattended`, or nothing.
 */
export type Hearing = 'watched' | 'escalated' | 'unattended' | null;

/** Whether the alarm waits for a person: lives, was not seen, is not on the shelf (clinical rules 6 and 8). */
export function waits(alarm: Alarm): boolean {
  return (
    (alarm.presence === 'on' || alarm.presence === 'latched') &&
    alarm.shelved_until === null &&
    !(alarm.kind === 'physiological' && alarm.retrospective)
  );
}

/** Whether everybody on duty is called, those outside the patient's scope too (clinical rule 7). */
export function callsEverybody(alarm: Alarm): boolean {
  // Those of devices nobody wears are of no person, and are not escalated.
  return alarm.patient !== null && alarm.circle === 'on_duty' && waits(alarm);
}

/** Whether the alarm lives and no clinician's client has it. */
export function isUnattended(alarm: Alarm): boolean {
  return alarm.patient !== null && alarm.unattended && alarm.presence !== 'off';
}

/** Whether somebody on duty is told of alarms that call everybody. */
export function isOnDuty(clinician: Clinician): boolean {
  return clinician.active && clinician.role !== 'admin';
}

/**
 * Whether it is for this clinician, who is sent the alarm, to respond: a client sounds what is addressed, and shows the
 * rest.
 * @param patient whose alarm it is; null: of a device that nobody wears
 */
export function isAddressed(alarm: Alarm, clinician: Clinician, patient: Patient | null): boolean {
  if (!waits(alarm)) return false;
  if (patient === null || alarm.circle === 'on_duty') return true;
  const assigned = clinician.patients.includes(patient.id);
  return assigned || (alarm.circle === 'ward' && clinician.wards.includes(patient.ward));
}

/** Whether the event ends what called everybody: somebody took it, or it is over. */
function endsCall({ event, alarm }: AlarmEvent): boolean {
  if (alarm.patient === null || alarm.circle !== 'on_duty') return false;
  switch (event) {
    case 'acknowledged':
    case 'shelved':
      return true;
    case 'cleared':
      return alarm.acknowledged_at === null && alarm.shelved_until === null;
    default:
      return false;
  }
}

/**
 * Whether the event begins or ends that the alarm is unattended; null: neither. An acknowledgement of what no client
 * had confirmed ends it, though an alarm so young need not have been missed yet.
 */
export function attendance({ event, alarm }: AlarmEvent): 'unattended' | 'attended' | null {
  if (alarm.patient === null) return null;
  switch (event) {
    case 'unattended':
      return 'unattended';
    case 'attended':
      return 'attended';
    case 'acknowledged':
      return alarm.received_at === alarm.acknowledged_at ? 'attended' : null;
    case 'cleared':
      return alarm.unattended ? 'attended' : null;
    default:
      return null;
  }
}

/**
 * Who hears of which event. It depends on the event alone, so that a replay gives what was heard live.
 * @param watched whether the clinician's subscription covers whose alarm it is
 */
export function hearingOf(event: AlarmEvent, clinician: Clinician, watched: boolean): Hearing {
  if (watched) return 'watched';
  if (clinician.role === 'admin') return clinician.active && attendance(event) !== null ? 'unattended' : null;
  return isOnDuty(clinician) && (callsEverybody(event.alarm) || endsCall(event)) ? 'escalated' : null;
}
