import { mayWatch } from '../identity/access-policy.ts';
import type { PatientId } from '../model/ids.ts';
import type { Clinician, Patient } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';
import { ProblemError } from './problem-details.ts';

/** The patient, whom the caller may watch. Unknown patients and those of others look the same. @throws ProblemError `patient_forbidden` */
export function patientInScope(registry: Registry, clinician: Clinician, id: string): Patient {
  const patient = registry.patient(id as PatientId);
  if (patient && mayWatch(clinician, patient)) return patient;
  throw new ProblemError('patient_forbidden', `patient ${id} is unknown or outside your scope`);
}
