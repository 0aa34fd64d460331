import type { EpochMs } from '../core/clock.ts';
import type { ClinicianId, PatientId } from '../model/ids.ts';
import type { AccessGrant } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';

/**
 * The grants that have not ended at `now`.
 * @param grants in the registry's order: the one that ends last first
 */
export function liveGrants(grants: readonly AccessGrant[], now: EpochMs): readonly AccessGrant[] {
  const over = grants.findIndex(({ until }) => until <= now);
  return over === -1 ? grants : grants.slice(0, over);
}

/** The access that a clinician has to a patient by breaking the glass, if they have it at `now`. */
export function liveGrant(
  registry: Pick<Registry, 'grantsOf'>,
  clinician: ClinicianId,
  patient: PatientId,
  now: EpochMs,
): AccessGrant | undefined {
  return liveGrants(registry.grantsOf(clinician), now).find((grant) => grant.patient === patient);
}
