import { mostUrgentFirst, type Urgency, waitsAt } from './urgency.ts';

/** Tiles stay where they are for so long, unless somebody is called. Milliseconds. */
export const SETTLE_MS = 5_000;

/** Tiles as they stand. `order` is the same object as long as it is the same. */
export interface SettledOrder {
  readonly order: readonly string[];
  /** When tiles moved last, ms. */
  readonly movedAt: number;
  /** Of each, when last looked. */
  readonly ranks: ReadonlyMap<string, number>;
}

export const UNSETTLED: SettledOrder = {
  order: [],
  movedAt: Number.NEGATIVE_INFINITY,
  ranks: new Map(),
};

/**
 * The order of tiles from now on. Who gets an alarm that waits, or a worse one, moves at once, and so does whoever comes or
 * goes; everything else at most every five seconds: a tile that jumps about is not found, and the wrong one touched.
 * @param now ms, of any clock that runs evenly
 */
export function settle(before: SettledOrder, patients: readonly Urgency[], now: number): SettledOrder {
  const ranks = new Map(patients.map(({ patient, rank }) => [patient, rank]));
  const wanted = patients.toSorted(mostUrgentFirst).map(({ patient }) => patient);
  if (same(before.order, wanted)) return { order: before.order, movedAt: before.movedAt, ranks };
  const others = before.order.length !== wanted.length || before.order.some((id) => !ranks.has(id));
  const called = patients.some(({ patient, rank }) => {
    const former = before.ranks.get(patient);
    return former !== undefined && rank < former && waitsAt(rank);
  });
  if (others || called || now - before.movedAt >= SETTLE_MS) return { order: wanted, movedAt: now, ranks };
  return { order: before.order, movedAt: before.movedAt, ranks };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}
