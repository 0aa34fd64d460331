import type { EpochMs } from '../core/clock.ts';
import type { ClinicianId, PatientId, WardId } from '../model/ids.ts';
import type { Clinician, Role } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';
import { mayBreakGlass } from './access-policy.ts';
import { liveGrants } from './break-glass.ts';
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
 * What the principal is and may see by the registry and by their token, without break-glass access; undefined when the
 * registry would have to say and does not know them. One whom the registry has as inactive is inactive whatever their
 * token says.
 */
export function ownStandingOf(
  registry: Pick<Registry, 'clinician'>,
  { id, role, scope }: ClinicianPrincipal,
): Clinician | undefined {
  const entry = registry.clinician(id);
  if (entry !== undefined) return { ...entry, ...(role === null ? {} : { role }), ...scope };
  if (role === null || scope === null) return undefined;
  return { id, role, wards: scope.wards, patients: scope.patients, active: true };
}

/** As `ownStandingOf`, with the patients whom they have broken the glass for and may see at `now`. */
export function standingOf(
  registry: Pick<Registry, 'clinician' | 'grantsOf'>,
  principal: ClinicianPrincipal,
  now: EpochMs,
): Clinician | undefined {
  const own = ownStandingOf(registry, principal);
  if (own === undefined || !mayBreakGlass(own)) return own;
  const grants = liveGrants(registry.grantsOf(own.id), now);
  if (grants.length === 0) return own;
  return { ...own, patients: [...own.patients, ...grants.map(({ patient }) => patient)] };
}

/**
 * The principal as they stand at `now`. Cheap: open sessions ask again when the registry changes, and every second.
 * @throws IdentityError `clinician_unknown`, `clinician_inactive`
 */
export function admitPrincipal(
  registry: Pick<Registry, 'clinician' | 'grantsOf'>,
  principal: ClinicianPrincipal,
  now: EpochMs,
): Clinician {
  const clinician = standingOf(registry, principal, now);
  if (clinician === undefined) {
    throw new IdentityError('clinician_unknown', `clinician "${principal.id}" is not registered`);
  }
  if (!clinician.active) {
    throw new IdentityError('clinician_inactive', `clinician "${principal.id}" is no longer active`);
  }
  return clinician;
}
