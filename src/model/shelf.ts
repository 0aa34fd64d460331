import type { EpochMs } from '../core/clock.ts';
import type { PatientId, ShelfId } from './ids.ts';
import type { Direction } from './limit.ts';
import type { Vital } from './vital.ts';

/**
 * Alarms of one vital and direction of one patient are kept from sounding in [from, until) (clinical rule 8, ISA-18.2
 * "shelved"); a high-priority one sounds all the same. One that was cancelled has its end moved; none is ever deleted.
 */
export interface Shelf {
  readonly id: ShelfId;
  readonly patient: PatientId;
  readonly vital: Vital;
  /** Falling values count as low, rising ones as high. */
  readonly direction: Direction;
  /** Who shelved it: a clinician's id. */
  readonly by: string;
  /** Why, in their own words: shown to whoever watches the patient. */
  readonly reason: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** The longest that an alarm may be shelved. Milliseconds. */
export const MAX_SHELF_MS = 8 * 3_600_000;

/** Live shelves that one patient may have: silencing everything, one by one, is not possible either. */
export const MAX_SHELVES_OF_PATIENT = 3;

/** What a shelf covers, as a key. */
export function shelfKey(vital: Vital, direction: Direction): string {
  return `${vital}:${direction}`;
}
