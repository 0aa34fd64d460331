/** Live traces in tiles at the same time: each costs its wearable battery and this page time. */
export const MOST_TRACES = 8;
/** Who gave no trace is asked again after so long: a device may have come. Milliseconds. */
export const ASK_AGAIN_MS = 120_000;

/**
 * Whose traces to show: the first of `order` but those who gave none lately.
 * @param none when each patient was last found to give none, ms
 */
export function traceTurns(
  order: readonly string[],
  none: ReadonlyMap<string, number>,
  now: number,
): ReadonlySet<string> {
  const able = order.filter(
    (patient) => now - (none.get(patient) ?? Number.NEGATIVE_INFINITY) >= ASK_AGAIN_MS,
  );
  return new Set(able.slice(0, MOST_TRACES));
}
