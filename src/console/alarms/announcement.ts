import { type Call, keyOf } from '../sound/sound-schedule.ts';

/** What was said to whoever listens to the page. */
export interface Announced {
  /** Calls that were said. Bounded: none but those that still call. */
  readonly said: ReadonlySet<string>;
  /** When something was said last; ms of any clock that does not go back. */
  readonly at: number;
}

export const NOTHING_SAID: Announced = { said: new Set(), at: Number.NEGATIVE_INFINITY };

/** A voice that begins anew with each alarm says none of them: so long it is left to speak. Milliseconds. */
export const SPEAK_MS = 4_000;

export interface Announcement {
  readonly announced: Announced;
  /** To be said now, worst first; empty: nothing. */
  readonly say: readonly Call[];
  /** When the voice is done, which is when to look again; null: it is, and nothing waits to be said. */
  readonly againAt: number | null;
}

/** New calls for a screen reader: all that came in the meantime as one sentence. @param calls worst first */
export function announce({ said, at }: Announced, calls: readonly Call[], now: number): Announcement {
  const known = new Set(calls.map(keyOf).filter((key) => said.has(key)));
  const fresh = calls.filter((call) => !known.has(keyOf(call)));
  if (now < at + SPEAK_MS) return { announced: { said: known, at }, say: [], againAt: at + SPEAK_MS };
  if (fresh.length === 0) return { announced: { said: known, at }, say: [], againAt: null };
  return { announced: { said: new Set(calls.map(keyOf)), at: now }, say: fresh, againAt: now + SPEAK_MS };
}
