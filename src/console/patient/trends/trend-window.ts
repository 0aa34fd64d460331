const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Ranges that one press chooses. Milliseconds. */
export const RANGES = [...[HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, DAY_MS], ...[3 * DAY_MS, 7 * DAY_MS]] as const;
const [DEFAULT_SPAN_MS] = RANGES;
/** Beyond the shortest there is nothing more to see; the longest is what buckets are meant for. Milliseconds. */
const SPAN_MS = { least: MINUTE_MS, most: 7 * DAY_MS } as const;
/** Steps back that are kept. */
const STEPS_KEPT = 30;

/**
 * What the charts show: so much time, up to `end` (server's clock). Null: up to now, whenever that is. Whole ms: the marks of
 * a time axis are counted from them.
 */
export interface TrendWindow {
  readonly spanMs: number;
  readonly end: number | null;
}

/** A stretch of time, half open, in ms of the server's clock. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export const LAST_HOUR: TrendWindow = { spanMs: DEFAULT_SPAN_MS, end: null };

/**
 * The stretch that a window shows at `now`. What is live goes on by steps of a thousandth of its width: less is not a pixel.
 */
export function stretchOf({ spanMs, end }: TrendWindow, now: number): Stretch {
  if (end !== null) return { from: end - spanMs, to: end };
  const step = Math.max(1_000, Math.round(spanMs / 1_000));
  const to = Math.ceil(now / step) * step;
  return { from: to - spanMs, to };
}

/** A window that shows what was selected; one that reaches to now stays live. */
export function selected({ from, to }: Stretch, now: number): TrendWindow {
  const spanMs = clampSpan(to - from);
  return ending(spanMs, (from + to) / 2 + spanMs / 2, now);
}

/** Half as much time (in), or twice as much: about the middle, and of what is live up to now. */
export function zoomed(window: TrendWindow, way: 'in' | 'out', now: number): TrendWindow {
  const spanMs = clampSpan(way === 'in' ? window.spanMs / 2 : window.spanMs * 2);
  if (window.end === null) return { spanMs, end: null };
  return ending(spanMs, window.end - window.spanMs / 2 + spanMs / 2, now);
}

/** Half a width earlier or later; never past now. */
export function moved(window: TrendWindow, way: 'earlier' | 'later', now: number): TrendWindow {
  const { to } = stretchOf(window, now);
  return ending(window.spanMs, to + (way === 'later' ? 0.5 : -0.5) * window.spanMs, now);
}

/** The windows that were looked at before, the last one last: bounded. */
export function remembered(before: readonly TrendWindow[], window: TrendWindow): readonly TrendWindow[] {
  return [...before, window].slice(-STEPS_KEPT);
}

function clampSpan(ms: number): number {
  return Math.round(Math.min(SPAN_MS.most, Math.max(SPAN_MS.least, ms)));
}

function ending(spanMs: number, end: number, now: number): TrendWindow {
  return { spanMs, end: end >= now ? null : Math.round(end) };
}
