import type { ClinicianId, GrantId, PatientId } from '../model/ids.ts';
import type { AccessGrant } from '../model/people.ts';

/**
 * Break-glass grants by clinician and by patient, the one that ends last first: asked for every frame of a feed, where
 * whoever wants the live ones stops at the first that is over, however many past ones there are.
 */
export class GrantShelf {
  readonly #byId = new Map<GrantId, AccessGrant>();
  readonly #ofClinician = new Map<ClinicianId, AccessGrant[]>();
  readonly #forPatient = new Map<PatientId, AccessGrant[]>();

  put(grant: AccessGrant): void {
    this.#byId.set(grant.id, grant);
    place(this.#ofClinician, grant.clinician, grant);
    place(this.#forPatient, grant.patient, grant);
  }

  get(id: GrantId): AccessGrant | undefined {
    return this.#byId.get(id);
  }

  list(): readonly AccessGrant[] {
    return [...this.#byId.values()];
  }

  of(clinician: ClinicianId): readonly AccessGrant[] {
    return this.#ofClinician.get(clinician) ?? NONE;
  }

  for(patient: PatientId): readonly AccessGrant[] {
    return this.#forPatient.get(patient) ?? NONE;
  }
}

const NONE: readonly AccessGrant[] = [];

/** A new list each time: one that was handed out stays as it was. */
function place<Key>(lists: Map<Key, AccessGrant[]>, key: Key, grant: AccessGrant): void {
  const others = (lists.get(key) ?? []).filter(({ id }) => id !== grant.id);
  lists.set(
    key,
    [grant, ...others].sort((a, b) => b.until - a.until),
  );
}
