import type { Clinician, Patient } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';

/** Whether the clinician may see this patient's vitals and alarms. An admin may not: devices and people only. */
export function mayWatch(clinician: Clinician, patient: Patient): boolean {
  if (!clinician.active || clinician.role === 'admin') return false;
  return clinician.wards.includes(patient.ward) || clinician.patients.includes(patient.id);
}

/** The patients whose vitals the clinician may see, in the registry's order. */
export function visiblePatients(registry: Registry, clinician: Clinician): readonly Patient[] {
  return registry.patients().filter((patient) => mayWatch(clinician, patient));
}

/** Whether the clinician may acknowledge this patient's alarms: whoever sees them. */
export function mayAcknowledge(clinician: Clinician, patient: Patient): boolean {
  return mayWatch(clinician, patient);
}

/** Whether the clinician is told of devices that nobody is assigned to, and of their technical alarms. */
export function maySeeUnassignedDevices(clinician: Clinician): boolean {
  return clinician.active && (clinician.role === 'charge' || clinician.role === 'admin');
}

/** Whether the clinician may give themselves access to a patient outside their scope, for a reason and a time. */
export function mayBreakGlass(clinician: Clinician): boolean {
  return clinician.active && clinician.role !== 'admin';
}

/** Whether the clinician is told of every access to this patient from outside, whomever they watch at the moment. */
export function answersForPatient(clinician: Clinician, patient: Patient): boolean {
  return clinician.active && clinician.role === 'charge' && clinician.wards.includes(patient.ward);
}
