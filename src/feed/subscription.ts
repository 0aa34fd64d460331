import { maySeeUnassignedDevices, mayWatch } from '../identity/access-policy.ts';
import type { PatientId, WardId } from '../model/ids.ts';
import type { Clinician, Patient } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';

/** Whom a clinician asked to watch: named patients, a ward, or everyone in their scope. */
export type Selection =
  | { readonly kind: 'patients'; readonly patients: ReadonlySet<PatientId> }
  | { readonly kind: 'ward'; readonly ward: WardId }
  | { readonly kind: 'scope' };

/** What a `subscribe` asks for: its patients, its ward, or neither. */
export function selectionOf({
  patients,
  ward,
}: {
  readonly patients?: readonly string[];
  readonly ward?: string;
}): Selection {
  if (patients) return { kind: 'patients', patients: new Set(patients as readonly PatientId[]) };
  return ward === undefined ? { kind: 'scope' } : { kind: 'ward', ward: ward as WardId };
}

/**
 * A selection seen through the clinician's rights as they are now: asked again for every frame, so that a changed
 * assignment, ward or scope takes effect at once.
 */
export class Subscription {
  readonly #registry: Registry;
  readonly #person: () => Clinician | undefined;
  readonly #selection: Selection;

  constructor(registry: Registry, person: () => Clinician | undefined, selection: Selection) {
    this.#registry = registry;
    this.#person = person;
    this.#selection = selection;
  }

  /** Whether frames of this patient go to the clinician; null: of devices nobody wears. */
  covers(patient: PatientId | null): boolean {
    const clinician = this.#person();
    const known = patient === null ? null : this.#registry.patient(patient);
    return clinician !== undefined && known !== undefined && this.coversFor(clinician, known);
  }

  /**
   * The same, where it is known already how the clinician stands and who the patient is: alarms are judged for every
   * session, and neither is to be looked up again.
   */
  coversFor(clinician: Clinician, patient: Patient | null): boolean {
    if (patient === null) return this.#selection.kind === 'scope' && maySeeUnassignedDevices(clinician);
    if (!mayWatch(clinician, patient)) return false;
    switch (this.#selection.kind) {
      case 'patients':
        return this.#selection.patients.has(patient.id);
      case 'ward':
        return patient.ward === this.#selection.ward;
      case 'scope':
        return true;
    }
  }

  /** The patients covered now. */
  patients(): readonly PatientId[] {
    return this.#registry
      .patients()
      .map(({ id }) => id)
      .filter((id) => this.covers(id));
  }
}
