/** What was known at one moment about the way from the devices to the store. */
export interface Progress {
  /** Milliseconds of a clock that never jumps. */
  readonly at: number;
  /** Frames acked by then, of all devices. */
  readonly acked: number;
  /** Moments in the store or in quarantine by then; a frame holds one. */
  readonly written: number;
}

export interface Drain {
  /** Frames that were acked and not written when writing began again. */
  readonly backlog: number;
  /** From the first sign of writing until nothing but live frames was left. Milliseconds. */
  readonly tookMs: number;
  readonly writtenPerS: number;
  /** Frames that came meanwhile. */
  readonly ingestPerS: number;
}

/**
 * How fast a backlog was drained; null when it was not drained, or when there was none. Writing begins between two looks:
 * the former counts as its begin, so that the rate is told rather too low.
 * @param progress what was seen since the store was back, oldest first
 * @param live frames that may be under way while all is well
 */
export function drainOf(progress: readonly Progress[], live: number): Drain | null {
  const began = progress.findIndex(({ written }, i) => written < (progress[i + 1]?.written ?? written));
  const from = progress[began];
  const to = progress.slice(Math.max(0, began)).find((one) => backlogOf(one) <= live);
  if (from === undefined || to === undefined || to.at <= from.at) return null;
  const tookMs = to.at - from.at;
  const perS = (count: (one: Progress) => number): number =>
    Math.round(((count(to) - count(from)) / tookMs) * 1_000);
  return {
    backlog: backlogOf(from),
    tookMs: Math.round(tookMs),
    writtenPerS: perS(({ written }) => written),
    ingestPerS: perS(({ acked }) => acked),
  };
}

/** Frames acked and not written. */
export function backlogOf({ acked, written }: Pick<Progress, 'acked' | 'written'>): number {
  return acked - written;
}
