import { LIMIT_REASON_LENGTH } from '../model/limit-override.ts';
import type { News2Use } from '../model/news2.ts';
import type { Patient, PatientChange } from '../model/people.ts';
import type { AuditAct } from '../observe/audit-entry.ts';
import type { Registry } from './registry.ts';
import { checkReason } from './registry-checks.ts';

/**
 * Registers a patient, and gives what is to go on record. What staff call them is not part of it.
 * @throws CodedError those of `Registry.addPatient`
 */
export async function registerPatient(registry: Registry, patient: Patient): Promise<AuditAct> {
  await registry.addPatient(patient);
  return {
    action: 'patient_changed',
    subject: patient.id,
    details: { change: 'added', ward: patient.ward },
  };
}

/**
 * Has a patient on another ward, or called otherwise, and gives what is to go on record; null: all was so already.
 * @throws CodedError those of `Registry.changePatient`
 */
export async function movePatient(
  registry: Registry,
  before: Patient,
  change: PatientChange,
): Promise<AuditAct | null> {
  const { id } = before;
  const { ward = before.ward, label = before.label } = change;
  const [moved, renamed] = [ward !== before.ward, label !== before.label];
  if (!moved && !renamed) return null;
  await registry.changePatient(id, change);
  const details = {
    change: moved ? 'moved' : 'relabelled',
    ...(moved ? { ward, before: before.ward } : {}),
  };
  return { action: 'patient_changed', subject: id, details };
}

/**
 * Chooses which NEWS2 a patient is scored by, and gives what is to go on record.
 * @throws CodedError `invalid_entry` (the reason), and those of `Registry.setNews2`
 */
export async function changeNews2(
  registry: Registry,
  { id, news2: before }: Patient,
  use: News2Use,
  reason: string,
): Promise<AuditAct> {
  const why = checkReason(reason, LIMIT_REASON_LENGTH);
  await registry.setNews2(id, use);
  return { action: 'patient_changed', subject: id, details: { news2: use, before, reason: why } };
}
