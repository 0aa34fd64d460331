import type { CommandName } from '../model/device-command.ts';
import type { ClinicianId } from '../model/ids.ts';
import type { LimitScope } from '../model/limit-override.ts';
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

/** Whether the clinician looks after the service itself: devices, people, the audit trail, how its parts do. */
export function mayAdminister(clinician: Clinician): boolean {
  return clinician.active && clinician.role === 'admin';
}

/**
 * Whether the clinician may change who this person is to the service. Never themselves: an admin, who sees no vitals,
 * would be a nurse a moment later, and the last one could lock everybody out.
 */
export function mayChangeClinician(clinician: Clinician, id: ClinicianId): boolean {
  return mayAdminister(clinician) && clinician.id !== id;
}

/** Whether the clinician is told where this patient is and what they wear, which is no vital: a charge nurse of the ward, and admins. */
export function mayPlace(clinician: Clinician, patient: Patient): boolean {
  return mayAdminister(clinician) || answersForPatient(clinician, patient);
}

/**
 * Whether the clinician is told of a device, its wearer and its certificates: admins of all; a charge nurse of those
 * that nobody wears, and of those that somebody of theirs does.
 * @param wearer null: nobody wears it
 */
export function maySeeDevice(clinician: Clinician, wearer: Patient | null): boolean {
  if (!maySeeUnassignedDevices(clinician)) return false;
  return wearer === null || mayPlace(clinician, wearer) || mayWatch(clinician, wearer);
}

/** What an admin, who sees no vitals, and a charge nurse with a device that nobody wears may have a device do. */
const BY_ADMIN: readonly CommandName[] = ['identify', 'set_interval'];
const UNWORN: readonly CommandName[] = ['identify'];

/**
 * Whether the clinician may have a device do something: whoever may watch its wearer.
 * @param wearer null: nobody wears it
 */
export function mayCommand(clinician: Clinician, name: CommandName, wearer: Patient | null): boolean {
  if (mayAdminister(clinician)) return BY_ADMIN.includes(name);
  if (wearer === null) return maySeeUnassignedDevices(clinician) && UNWORN.includes(name);
  return mayWatch(clinician, wearer);
}

/** Whether the clinician may give themselves access to a patient outside their scope, for a reason and a time. */
export function mayBreakGlass(clinician: Clinician): boolean {
  return clinician.active && clinician.role !== 'admin';
}

/** Whether the clinician is told of every access to this patient from outside, whomever they watch at the moment. */
export function answersForPatient(clinician: Clinician, patient: Patient): boolean {
  return clinician.active && clinician.role === 'charge' && clinician.wards.includes(patient.ward);
}

/** Whether the clinician may put this patient's alarms on the shelf, or take them off: a charge nurse who sees them. */
export function mayShelve(clinician: Clinician, patient: Patient): boolean {
  return clinician.role === 'charge' && mayWatch(clinician, patient);
}

/** Whether the clinician may choose by which NEWS2 this patient is scored: a charge nurse of the ward. */
export function maySetNews2(clinician: Clinician, patient: Patient): boolean {
  return answersForPatient(clinician, patient);
}

/**
 * Whether the clinician may choose limits for a scope (clinical rule 1): for everyone an admin, for a ward or a patient a
 * charge nurse of that ward.
 * @param patient whom a scope `patient` names
 */
export function mayChangeLimits(clinician: Clinician, scope: LimitScope, patient?: Patient): boolean {
  if (!clinician.active) return false;
  switch (scope.kind) {
    case 'default':
      return clinician.role === 'admin';
    case 'ward':
      return clinician.role === 'charge' && clinician.wards.includes(scope.ward);
    case 'patient':
      return patient?.id === scope.patient && answersForPatient(clinician, patient);
  }
}

/** Whether the clinician may read what is chosen for a scope: their own wards and patients; an admin, but for patients. */
export function maySeeLimits(clinician: Clinician, scope: LimitScope, patient?: Patient): boolean {
  if (!clinician.active) return false;
  switch (scope.kind) {
    case 'default':
      return true;
    case 'ward':
      return clinician.role === 'admin' || clinician.wards.includes(scope.ward);
    case 'patient':
      return patient?.id === scope.patient && mayWatch(clinician, patient);
  }
}
