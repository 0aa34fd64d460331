import type { PatientId, ShelfId } from '../model/ids.ts';
import type { Shelf } from '../model/shelf.ts';

const NONE: readonly Shelf[] = [];

/** Shelved alarms by patient, the one that ends last first. */
export class Shelves {
  readonly #byId = new Map<ShelfId, Shelf>();
  readonly #forPatient = new Map<PatientId, readonly Shelf[]>();

  put(shelf: Shelf): void {
    this.#byId.set(shelf.id, shelf);
    // A new list each time: one that was handed out stays as it was.
    const others = this.for(shelf.patient).filter(({ id }) => id !== shelf.id);
    this.#forPatient.set(
      shelf.patient,
      [shelf, ...others].sort((a, b) => b.until - a.until),
    );
  }

  get(id: ShelfId): Shelf | undefined {
    return this.#byId.get(id);
  }

  for(patient: PatientId): readonly Shelf[] {
    return this.#forPatient.get(patient) ?? NONE;
  }
}
