/**
 * The oldest `limit` of several lists that are each in time order, as one list in time order; at the same time, in
 * the order of the lists. What both adapters use, so that two devices of one patient read the same from either.
 */
export function mergeByTime<Row extends { readonly t: number }>(
  lists: readonly (readonly Row[])[],
  limit: number,
): Row[] {
  const [only] = lists;
  if (lists.length === 1 && only !== undefined) return only.slice(0, limit);
  const all = lists.flat();
  // Array sorts are stable: rows of one time stay in the order of their lists.
  return all.sort((a, b) => a.t - b.t).slice(0, limit);
}
