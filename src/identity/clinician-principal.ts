import type { ClinicianId, PatientId, WardId } from '../model/ids.ts';
import type { Clinician, Role } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';
import { IdentityError } from './identity-error.ts';

/** Whose vitals and alarms somebody may see. */
export interface ClinicianScope {
  readonly wards: readonly WardId[];
  readonly patients: readonly PatientId[];
}

/** Somebody as their token has them. What it does not say, the registry does, anew at every use. */
export interface ClinicianPrincipal {
  readonly id: ClinicianId;
  /** Null: as the registry has it. */
  readonly role: Role | null;
  /** Null: as the registry has it. */
  readonly scope: ClinicianScope | null;
}

/** A principal whom a token verified as, and until when it does. */
export interface VerifiedClinician {
  readonly principal: ClinicianPrincipal;
  readonly expires: number;
}

/** Somebody whose token says who they are and no more. */
export function registeredPrincipal(id: ClinicianId): ClinicianPrincipal {
  return { id, role: null, scope: null };
}

/**
 * What the principal is and may see now; undefined when the registry would have to say and does not know them. One
 * whom the registry has as inactive is inactive whatever their token says.
 */
export function standingOf(
  registry: Pick<Registry, 'clinician'>,
  { id, role, scope }: ClinicianPrincipal,
): Clinician | undefined {
  const entry = registry.clinician(id);
  if (entry !== undefined) return { ...entry, ...(role === null ? {} : { role }), ...scope };
  if (role === null || scope === null) return undefined;
  return { id, role, wards: scope.wards, patients: scope.patients, active: true };
}

/**
 * The principal as they stand now. Cheap: open sessions ask again when the registry changes.
 * @throws IdentityError `clinician_unknown`, `clinician_inactive`
 */
export function admitPrincipal(
  registry: Pick<Registry, 'clinician'>,
  principal: ClinicianPrincipal,
): Clinician {
  const clinician = standingOf(registry, principal);
  if (clinician === undefined) {
    throw new IdentityError('clinician_unknown', `clinician "${principal.id}" is not registered`);
  }
  if (!clinician.active) {
    throw new IdentityError('clinician_inactive', `clinician "${principal.id}" is no longer active`);
  }
  return clinician;
}
