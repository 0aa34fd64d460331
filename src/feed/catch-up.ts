import { type Bus, compareCursors } from '../bus/bus.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';
import type { Cursor } from '../model/ids.ts';

const DEFAULT_PAGE = 500;

export interface CatchUpOptions {
  readonly bus: Bus;
  readonly since: Cursor;
  readonly signal: AbortSignal;
  /** Events asked for at once. Default 500. */
  readonly page?: number;
  /** One event of the log, in order. */
  readonly onEvent: (event: LoggedAlarmEvent) => void;
  /** Events are missing before `oldest`, the first that is kept: `since` is older, or is not a cursor of this log. */
  readonly onGap: (oldest: Cursor) => void;
  /** Waits until the reader can take more. */
  readonly ready: () => Promise<void>;
  /** Everything was handed over: go live, now, in this very turn. */
  readonly cutOver: () => void;
}

/**
 * Replays the alarm log after `since`, then cuts over to live events with none lost or doubled in between: the
 * cut-over happens in the same turn in which nothing newer than what was replayed has been published.
 */
export async function catchUp(options: CatchUpOptions): Promise<void> {
  const { bus, signal, page: limit = DEFAULT_PAGE } = options;
  let after = options.since;
  let toldOfGapAfter: Cursor | null = null;
  for (;;) {
    const newest = bus.newestCursor();
    const page = await bus.alarmsAfter(after, limit);
    if (signal.aborted) return;
    // Also later than at first: the log may be trimmed while a slow reader is waited for.
    if (page.gap && toldOfGapAfter !== after) {
      toldOfGapAfter = after;
      options.onGap(page.events[0]?.cursor ?? bus.newestCursor());
    }
    for (const event of page.events) {
      options.onEvent(event);
      if (signal.aborted) return;
    }
    after = page.events.at(-1)?.cursor ?? after;
    const upToDate = page.complete && compareCursors(bus.newestCursor(), later(after, newest)) <= 0;
    if (upToDate) return options.cutOver();
    await options.ready();
    if (signal.aborted) return;
  }
}

function later(a: Cursor, b: Cursor): Cursor {
  return compareCursors(a, b) > 0 ? a : b;
}
