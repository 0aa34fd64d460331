import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import { mayAcknowledge, maySeeUnassignedDevices } from '../identity/access-policy.ts';
import type { AlarmId, PatientId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import type { Registry } from '../registry/registry.ts';
import type { Refusal } from './refusal.ts';

export interface AcknowledgeContext {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly clock: Clock;
}

/**
 * Passes on to the alarm's owner that a person has seen it; null: done. Alarms of others look like unknown ones.
 * @param person who acknowledges, as they stand when it is asked.
 */
export async function acknowledge(
  { bus, registry, clock }: AcknowledgeContext,
  person: () => Clinician | undefined,
  id: AlarmId,
): Promise<Refusal | null> {
  const alarm = await bus.alarm(id);
  const clinician = person();
  if (!clinician || !alarm || !mayAct(registry, clinician, alarm.patient)) {
    const refusal = { code: 'alarm_not_found', message: 'there is no such alarm in your scope' } as const;
    return alarm ? { ...refusal, onRecordAs: 'patient_forbidden' } : refusal;
  }
  if (alarm.presence !== 'on') return { code: 'alarm_not_live', message: ERROR_CODES.alarm_not_live.cure };
  bus.publishAcknowledgement({ alarm: id, by: clinician.id, at: clock.now() });
  return null;
}

function mayAct(registry: Registry, clinician: Clinician, patient: PatientId | null): boolean {
  if (patient === null) return maySeeUnassignedDevices(clinician);
  const known = registry.patient(patient);
  return known !== undefined && mayAcknowledge(clinician, known);
}
