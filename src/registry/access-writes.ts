import type { EpochMs } from '../core/clock.ts';
import type { GrantId } from '../model/ids.ts';
import type { AccessGrant } from '../model/people.ts';
import { checkGrant, time } from './registry-checks.ts';
import type { RegistryMemory } from './registry-memory.ts';
import { exists, type RegistryWrite, unknown } from './registry-write.ts';

/** The rules of writes to break-glass access: it is given for a time, and can only be cut short. */
export class AccessWrites {
  readonly #memory: RegistryMemory;

  constructor(memory: RegistryMemory) {
    this.#memory = memory;
  }

  grant(entry: AccessGrant): RegistryWrite {
    const { id, clinician, patient, reason, from, until } = checkGrant(entry);
    if (this.#memory.grants.get(id) !== undefined) throw exists('grant', id);
    if (this.#memory.patients.get(patient) === undefined) throw unknown('patient', patient);
    return (revision) => [
      {
        sql: `UPDATE access_grants SET until_ms = max(from_ms, ?), revision = ?
              WHERE clinician = ? AND patient = ? AND until_ms > ?`,
        values: [from, revision, clinician, patient, from],
      },
      {
        sql: 'INSERT INTO access_grants VALUES (?, ?, ?, ?, ?, ?, ?)',
        values: [id, clinician, patient, reason, from, until, revision],
      },
    ];
  }

  end(id: GrantId, at: EpochMs): RegistryWrite {
    time('at', at);
    const grant = this.#memory.grants.get(id);
    if (grant === undefined) throw unknown('grant', id);
    const until = Math.max(grant.from, Math.min(grant.until, at));
    return (revision) => [
      {
        sql: 'UPDATE access_grants SET until_ms = ?, revision = ? WHERE id = ?',
        values: [until, revision, id],
      },
    ];
  }
}
