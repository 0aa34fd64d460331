import { type BackoffOptions, fullJitter } from '../core/backoff.ts';
import { type Reconnect, reconnectAfter } from '../protocol/close-codes.ts';
import { secondsAskedIn } from '../protocol/retry-after.ts';
import { Refusal, reconnectAfterRefusal } from './refusal.ts';
import type { SocketEnd } from './socket.ts';

/** How waiting grows after an interruption, and after a server said "come back later". Milliseconds of the clock. */
export interface ReconnectBackoff {
  readonly withJitter: BackoffOptions;
  readonly later: BackoffOptions;
}

export const DEFAULT_BACKOFF: ReconnectBackoff = {
  withJitter: { baseMs: 500, capMs: 30_000 },
  later: { baseMs: 5_000, capMs: 120_000 },
};

/**
 * A clinician's screen is blind to alarms until it is back, and screens are few beside wearables: it waits less. Milliseconds of
 * the clock.
 */
export const FEED_BACKOFF: ReconnectBackoff = {
  withJitter: { baseMs: 500, capMs: 5_000 },
  later: { baseMs: 2_000, capMs: 10_000 },
};

/** A connection that stood this long shows that the trouble before it is over. */
const STEADY_MS = 10_000;

/** Decides whether and when to come back after a connection ended. */
export class ReconnectPolicy {
  readonly #backoff: ReconnectBackoff;
  readonly #random: () => number;
  #attempt = 0;

  constructor(backoff: ReconnectBackoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /**
   * @param stoodMs how long the connection stood; 0 when it never did
   * @returns milliseconds to wait, or null: do not come back
   */
  delayAfter(end: SocketEnd, stoodMs: number): number | null {
    if (stoodMs >= STEADY_MS) this.#attempt = 0;
    const how = this.#verdict(end);
    if (how === 'no') return null;
    const options = how === 'later' ? this.#backoff.later : this.#backoff.withJitter;
    const delay = askedBy(end) + fullJitter(this.#attempt, options, this.#random);
    this.#attempt += 1;
    return delay;
  }

  #verdict(end: SocketEnd): Reconnect {
    return end.error instanceof Refusal ? reconnectAfterRefusal(end.error) : reconnectAfter(end.code);
  }
}

/** What the server asked to wait, in an answer's `Retry-After` or in the reason of a close. Milliseconds. */
function askedBy({ error, reason }: SocketEnd): number {
  return error instanceof Refusal ? error.retryAfterMs : (secondsAskedIn(reason) ?? 0) * 1_000;
}
