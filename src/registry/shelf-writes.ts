import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { ShelfId } from '../model/ids.ts';
import { MAX_SHELVES_OF_PATIENT, type Shelf, shelfKey } from '../model/shelf.ts';
import { checkShelf, time } from './registry-checks.ts';
import type { RegistryMemory } from './registry-memory.ts';
import { exists, type RegistryWrite, unknown } from './registry-write.ts';

/** The rules of writes to shelves: they are put for a time, few to a patient, and can only be cut short. */
export class ShelfWrites {
  readonly #memory: RegistryMemory;

  constructor(memory: RegistryMemory) {
    this.#memory = memory;
  }

  put(entry: Shelf): RegistryWrite {
    const { id, patient, vital, direction, by, reason, from, until } = checkShelf(entry);
    if (this.#memory.shelves.get(id) !== undefined) throw exists('shelf', id);
    if (this.#memory.patients.get(patient) === undefined) throw unknown('patient', patient);
    const key = shelfKey(vital, direction);
    const others = this.#memory.shelves
      .for(patient)
      .filter((one) => one.until > from && shelfKey(one.vital, one.direction) !== key);
    if (others.length >= MAX_SHELVES_OF_PATIENT) {
      throw new CodedError(
        'too_many_shelves',
        `patient ${JSON.stringify(patient)} has ${others.length} alarms on the shelf, the most there may be: cancel one first`,
      );
    }
    return (revision) => [
      {
        sql: `UPDATE shelves SET until_ms = max(from_ms, ?), revision = ?
              WHERE patient = ? AND vital = ? AND direction = ? AND until_ms > ?`,
        values: [from, revision, patient, vital, direction, from],
      },
      {
        sql: 'INSERT INTO shelves VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        values: [id, patient, vital, direction, by, reason, from, until, revision],
      },
    ];
  }

  end(id: ShelfId, at: EpochMs): RegistryWrite {
    time('at', at);
    const shelf = this.#memory.shelves.get(id);
    if (shelf === undefined) throw unknown('shelf', id);
    const until = Math.max(shelf.from, Math.min(shelf.until, at));
    return (revision) => [
      { sql: 'UPDATE shelves SET until_ms = ?, revision = ? WHERE id = ?', values: [until, revision, id] },
    ];
  }
}
