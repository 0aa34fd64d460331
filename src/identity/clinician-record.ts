import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { ClinicianId, GrantId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import { AUDIT_TEXT_MAX, type AuditAct, type AuditDetails } from '../observe/audit-entry.ts';
import type { Registry } from '../registry/registry.ts';
import { liveGrants } from './break-glass.ts';

/** Who somebody is to be; absent `active`: whoever was turned away stays so, whoever is new is admitted. */
export type NewStanding = Omit<Clinician, 'active'> & Partial<Pick<Clinician, 'active'>>;

/**
 * Registers a person, or gives them another role and scope; gives what is to go on record.
 * @throws CodedError `unknown_patient`, and those of `Registry.changeClinician`
 */
export async function changeClinician(registry: Registry, standing: NewStanding): Promise<AuditAct> {
  const { id, role, wards, patients, active } = standing;
  const unknown = patients.find((patient) => registry.patient(patient) === undefined);
  if (unknown !== undefined) {
    throw new CodedError('unknown_patient', `patient "${unknown}" is not registered: register them first`, {
      details: { patient: unknown },
    });
  }
  const known = await registry.changeClinician(id, (before) => ({
    ...{ id, role, wards, patients },
    active: active ?? before?.active ?? true,
  }));
  const details = {
    change: known !== undefined ? 'replaced' : 'added',
    role,
    ...listed({ wards, patients }),
  };
  return { action: 'clinician_changed', subject: id, details };
}

/**
 * Turns a person away from now on, or admits them again with the role and scope they had. Whoever is turned away keeps
 * no break-glass access, no session of the console and no link to sign in with: nothing live is to come back with them.
 * @param record called with each act once it is done; a failure of it ends the rest
 * @returns whether that is new, and the accesses that ended
 * @throws CodedError `unknown_clinician`, and those of the registry's writes
 */
export async function setClinicianActive(
  registry: Registry,
  id: ClinicianId,
  active: boolean,
  now: EpochMs,
  record: (act: AuditAct) => Promise<void>,
): Promise<{ readonly changed: boolean; readonly ended: readonly GrantId[] }> {
  const before = await registry.changeClinician(id, (known) => {
    if (known !== undefined) return { ...known, active };
    throw new CodedError('unknown_clinician', `clinician "${id}" is not registered: register them first`);
  });
  const changed = before?.active !== active;
  if (changed) {
    const details = { change: active ? 'activated' : 'deactivated' };
    await record({ action: 'clinician_changed', subject: id, details });
  }
  // Also when nothing changed: an earlier attempt may not have got that far.
  const live = active ? [] : liveGrants(registry.grantsOf(id), now);
  for (const grant of live) {
    await registry.endAccess(grant.id, now);
    const details = { grant: grant.id, clinician: id };
    await record({ action: 'break_glass_ended', subject: grant.patient, details });
  }
  const reason = 'deactivated';
  const sessions = active ? [] : await registry.endSessionsOf(id, now, reason);
  for (const session of sessions)
    await record({ action: 'session_ended', subject: id, details: { session, reason } });
  return { changed, ended: live.map((grant) => grant.id) };
}

/** Lists of ids as details; one that is too long by its number. */
function listed(lists: Readonly<Record<string, readonly string[]>>): AuditDetails {
  const told = Object.entries(lists).filter(([, ids]) => ids.length > 0);
  return Object.fromEntries(
    told.map(([name, ids]) => {
      const text = ids.join(',');
      return [name, text.length > AUDIT_TEXT_MAX ? ids.length : text];
    }),
  );
}
