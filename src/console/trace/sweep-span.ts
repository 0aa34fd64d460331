/** A stretch of the sweep's width, as shares of it: 0 is the left edge, 1 the right. */
export interface SweepSpan {
  readonly from: number;
  readonly to: number;
}

/** Where in the sweep a moment is, 0 to below 1. @param lasts how long the sweep takes from edge to edge, ms */
export function sweepPlace(t: number, lasts: number): number {
  const place = (t % lasts) / lasts;
  return place < 0 ? place + 1 : place;
}

/** What of the width lies between two moments: one stretch, two where the sweep begins anew between them, or all of it. */
export function sweepSpans(from: number, to: number, lasts: number): readonly SweepSpan[] {
  if (to <= from) return [];
  if (to - from >= lasts) return [{ from: 0, to: 1 }];
  const [left, right] = [sweepPlace(from, lasts), sweepPlace(to, lasts)];
  if (left < right) return [{ from: left, to: right }];
  return [
    { from: left, to: 1 },
    { from: 0, to: right },
  ].filter((span) => span.to > span.from);
}
