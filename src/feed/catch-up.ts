import { type Bus, compareCursors } from '../bus/bus.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';
import type { Cursor } from '../model/ids.ts';

/** Events asked for at once. */
const PAGE = 500;

export interface CatchUpOptions {
  readonly bus: Bus;
  readonly since: Cursor;
  readonly signal: AbortSignal;
  /** One event of the log, in order. */
  readonly onEvent: (event: LoggedAlarmEvent) => void;
  /** `since` is older than what is kept. */
  readonly onGap: () => void;
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
  const { bus, signal } = options;
  let after = options.since;
  for (let first = true; ; first = false) {
    const newest = bus.newestCursor();
    const page = await bus.alarmsAfter(after, PAGE);
    if (signal.aborted) return;
    if (page.gap && first) options.onGap();
    for (const event of page.events) options.onEvent(event);
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
