import type { FeedFrame } from './feed-frames.ts';

type FrameOf<Type extends FeedFrame['type']> = Extract<FeedFrame, { type: Type }>;

/** Cursors remembered to tell a repeated event: far more than one replay page overlaps. */
const REMEMBERED = 4_096;

/**
 * How far one subscription has come in the alarm log. While the log is replayed after `since`, only the events
 * themselves move it: what the feed says of newer cursors then speaks of events that are still to come. The snapshot
 * ends the replay; from there on it and the heartbeats move it too.
 */
export class FeedPosition {
  #since: string | null;
  #live = false;
  readonly #seen = new Set<string>();

  constructor(since: string | null) {
    this.#since = since;
  }

  /** Where to take up; null: from now. */
  get since(): string | null {
    return this.#since;
  }

  /** A new connection begins: a replay comes first. */
  reconnected(): void {
    this.#live = false;
  }

  /** @returns whether the event is new. Cursors are opaque: they are told apart, not compared. */
  event(frame: FrameOf<'alarm' | 'unattended'>): boolean {
    if (this.#seen.has(frame.cursor)) return false;
    this.#seen.add(frame.cursor);
    if (this.#seen.size > REMEMBERED) {
      const oldest = this.#seen.values().next().value;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#since = frame.cursor;
    return true;
  }

  snapshot(frame: FrameOf<'snapshot'>): void {
    this.#live = true;
    this.#since = frame.cursor;
  }

  heartbeat(frame: FrameOf<'heartbeat'>): void {
    if (this.#live) this.#since = frame.cursor;
  }
}
