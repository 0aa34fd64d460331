import type { Alarm } from '../../model/alarm.ts';
import { type Direction, isDirection } from '../../model/limit.ts';
import type { Vital } from '../../model/vital.ts';
import type { ShelfState } from '../feed/patient-model.ts';

/** What is put on the shelf to keep an alarm from sounding. */
export interface ShelfTarget {
  readonly patient: string;
  readonly vital: Vital;
  readonly direction: Direction;
}

/** Falling counts as low, rising as high; null: what the alarm is about cannot be shelved (clinical rule 8). */
export function shelfTarget(alarm: Alarm): ShelfTarget | null {
  if (alarm.kind === 'technical') return null;
  if (alarm.cause !== 'limit' && alarm.cause !== 'change') return null;
  const sense = alarm.cause === 'limit' ? alarm.direction : alarm.course;
  const direction = isDirection(sense) ? sense : sense === 'falling' ? 'low' : 'high';
  return { patient: alarm.patient, vital: alarm.vital, direction };
}

/** The shelf that covers a target; undefined: there is none. */
export function shelfOver(
  shelves: readonly ShelfState[],
  { vital, direction }: Pick<ShelfTarget, 'vital' | 'direction'>,
): ShelfState | undefined {
  return shelves.find((shelf) => shelf.vital === vital && shelf.direction === direction);
}
