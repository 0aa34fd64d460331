import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { mayAcknowledge, maySeeUnassignedDevices } from '../identity/access-policy.ts';
import type { Alarm } from '../model/alarm.ts';
import type { AlarmId, PatientId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Registry } from '../registry/registry.ts';
import { callsEverybody, isOnDuty } from './audience.ts';
import type { Refusal } from './refusal.ts';

export interface AcknowledgeContext {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly audit: Pick<DoorAudit, 'acted'>;
}

/** Whether somebody may see and acknowledge an alarm although its patient is not theirs: it calls everybody on duty. */
export function isCalled(clinician: Clinician, alarm: Alarm): boolean {
  return isOnDuty(clinician) && callsEverybody(alarm);
}

/**
 * Passes on to the alarm's owner that a person has seen it; null: done. Alarms of others look like unknown ones.
 * @param person who acknowledges, as they stand when it is asked.
 * @param seen `alerted_at` of the alarm as they saw it; null: not said. One that has alerted since is refused, so that nobody
 *   acknowledges a worsening that crossed the acknowledgement on its way.
 */
export async function acknowledge(
  { bus, registry, clock, audit }: AcknowledgeContext,
  person: () => Clinician | undefined,
  id: AlarmId,
  seen: EpochMs | null,
): Promise<Refusal | null> {
  const alarm = await bus.alarm(id);
  const clinician = person();
  const inside = clinician !== undefined && alarm !== null && mayAct(registry, clinician, alarm.patient);
  if (!clinician || !alarm || !(inside || isCalled(clinician, alarm))) {
    const refusal = { code: 'alarm_not_found', message: 'there is no such alarm in your scope' } as const;
    return alarm ? { ...refusal, onRecordAs: 'patient_forbidden' } : refusal;
  }
  if (alarm.presence !== 'on' && alarm.presence !== 'latched')
    return { code: 'alarm_not_live', message: notLive(alarm) };
  if (seen !== null && seen !== alarm.alerted_at) {
    const message = `alerted_at ${seen} is not where the alarm stands: it alerted last at ${alarm.alerted_at}`;
    return { code: 'alarm_changed', message };
  }
  bus.publishAcknowledgement({ alarm: id, by: clinician.id, at: clock.now(), seen });
  audit.acted(
    {
      action: 'alarm_acknowledged',
      subject: alarm.patient ?? alarm.device ?? id,
      details: { alarm: id, priority: alarm.priority, scope: inside ? 'inside' : 'outside' },
    },
    { kind: 'clinician', id: clinician.id },
  );
  return null;
}

/** How an alarm stands that waits for nobody any more. */
function notLive({ presence, cleared, acknowledged_at: at, acknowledged_by: by }: Alarm): string {
  const since = (time: EpochMs | null): string =>
    time === null ? '' : ` since ${new Date(time).toISOString()}`;
  if (presence === 'off') return `the alarm is over${since(cleared)}`;
  return `the alarm is acknowledged${since(at)}${by === null ? '' : ` by ${by}`}`;
}

/** Whether the clinician may see and acknowledge alarms of this patient; null: of devices that nobody wears. */
export function mayAct(registry: Registry, clinician: Clinician, patient: PatientId | null): boolean {
  if (patient === null) return maySeeUnassignedDevices(clinician);
  const known = registry.patient(patient);
  return known !== undefined && mayAcknowledge(clinician, known);
}
