import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type { Assignment } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';

/** Who wears a device, asked for every moment that it measures: kept from one to the next, which is nearly always the same. */
export class Wearer {
  readonly #registry: Pick<Registry, 'assignmentAt' | 'assignmentsAsOf'>;
  readonly #device: DeviceId;
  #found: Assignment | undefined;
  #asOf = -1;

  constructor(registry: Pick<Registry, 'assignmentAt' | 'assignmentsAsOf'>, device: DeviceId) {
    this.#registry = registry;
    this.#device = device;
  }

  /** As `Registry.patientAt`. */
  at(t: EpochMs): PatientId | null {
    const found = this.#found;
    const holds = found !== undefined && t >= found.from && (found.to === null || t < found.to);
    if (holds && this.#asOf === this.#registry.assignmentsAsOf) return found.patient;
    this.#found = this.#registry.assignmentAt(this.#device, t);
    this.#asOf = this.#registry.assignmentsAsOf;
    return this.#found?.patient ?? null;
  }
}
