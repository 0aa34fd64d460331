import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../core/clock.ts';
import { mayWatch } from '../identity/access-policy.ts';
import { type ClinicianPrincipal, standingOf } from '../identity/clinician-principal.ts';
import type { ClinicianId, PatientId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';

/** Whose session it is: as their newest token has them, with what they may do at the moment they are asked. */
export class Person {
  readonly #registry: Registry;
  readonly #clock: Clock;
  #principal: ClinicianPrincipal;
  /** What was found last time, and the registry's entry that it was made of: asked for every frame, for every session. */
  #found: { readonly entry: Clinician | undefined; readonly standing: Clinician | undefined } | null = null;

  constructor(registry: Registry, clock: Clock, principal: ClinicianPrincipal) {
    this.#registry = registry;
    this.#clock = clock;
    this.#principal = principal;
  }

  get id(): ClinicianId {
    return this.#principal.id;
  }

  /** Undefined when the registry does not know them and would have to. */
  readonly standing = (): Clinician | undefined => {
    const [registry, { id }] = [this.#registry, this.#principal];
    const entry = registry.clinician(id);
    // An entry is replaced and never changed; who broke the glass stands otherwise as time passes.
    if (this.#found !== null && this.#found.entry === entry && registry.grantsOf(id).length === 0)
      return this.#found.standing;
    const standing = standingOf(registry, this.#principal, this.#clock.now());
    this.#found = registry.grantsOf(id).length === 0 ? { entry, standing } : null;
    return standing;
  };

  maySee(patient: PatientId): boolean {
    const clinician = this.standing();
    const known = this.#registry.patient(patient);
    return clinician !== undefined && known !== undefined && mayWatch(clinician, known);
  }

  /** As a newer token of theirs has them. @returns whether it says anything else than the one before */
  renewed(principal: ClinicianPrincipal): boolean {
    const before = this.#principal;
    this.#principal = principal;
    this.#found = null;
    return !isDeepStrictEqual(before, principal);
  }
}
