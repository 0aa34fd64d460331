import type { EpochMs } from '../core/clock.ts';
import type { PatientId, ShelfId } from '../model/ids.ts';
import type { Shelf } from '../model/shelf.ts';
import type { Registry } from '../registry/registry.ts';

export interface ShelfBoardOptions {
  readonly registry: Registry;
  readonly now: () => EpochMs;
  /** Told when alarms were put on the shelf, or are on it no longer: cancelled, replaced, or by its time. */
  readonly onChange: (shelf: Shelf, ended: boolean) => void;
}

/** Shelves of a patient at `now`, the one that ends last first. */
export function liveShelves(registry: Registry, patient: PatientId, now: EpochMs): readonly Shelf[] {
  return registry.shelvesOf(patient).filter(({ from, until }) => from <= now && now < until);
}

/** Which shelves are live, so that each one's end is noticed too. */
export class ShelfBoard implements Disposable {
  readonly #options: ShelfBoardOptions;
  readonly #live = new Map<ShelfId, Shelf>();
  readonly #subscription: Disposable;

  constructor(options: ShelfBoardOptions) {
    this.#options = options;
    const { registry, now } = options;
    // What is live at the start is in every snapshot.
    for (const { id } of registry.patients())
      for (const shelf of liveShelves(registry, id, now())) this.#live.set(shelf.id, shelf);
    this.#subscription = registry.watch(({ kind, key }) => {
      if (kind === 'shelf') this.#look(key as ShelfId);
    });
  }

  /** To be called about once a second. */
  tick(now: EpochMs): void {
    for (const shelf of this.#live.values()) if (shelf.until <= now) this.#ended(shelf);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #look(id: ShelfId): void {
    const { registry, now, onChange } = this.#options;
    const shelf = registry.shelf(id);
    if (shelf === undefined) return;
    if (shelf.until <= now()) {
      if (this.#live.has(id)) this.#ended(shelf);
      return;
    }
    const known = this.#live.get(id);
    this.#live.set(id, shelf);
    if (known?.until !== shelf.until) onChange(shelf, false);
  }

  #ended(shelf: Shelf): void {
    this.#live.delete(shelf.id);
    this.#options.onChange(shelf, true);
  }
}
