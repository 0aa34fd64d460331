import { type Clock, sleep } from '../core/clock.ts';
import type { PreparedText } from '../protocol/prepared-text.ts';
import type { Transport } from '../protocol/transport.ts';

/** Bytes a slow reader may leave unread: what can be conflated waits past the first, the session ends past the second. */
const CONFLATE_ABOVE_BYTES = 256 * 1024;
const CLOSE_ABOVE_BYTES = 4 * 1024 * 1024;
/** How long a replay waits before it looks again whether the reader has caught up; and how long it waits at most. */
const READY_POLL_MS = 20;
const READY_TIMEOUT_MS = 60_000;

/**
 * The bounded way out to one reader. A frame that must not be missing ends the session when it no longer fits; the
 * rest is left out while `isSlow`.
 */
export class FeedOutlet {
  readonly #transport: Transport;
  readonly #onOverflow: () => void;

  constructor(transport: Transport, onOverflow: () => void) {
    this.#transport = transport;
    this.#onOverflow = onOverflow;
  }

  get isSlow(): boolean {
    return this.#transport.bufferedAmount > CONFLATE_ABOVE_BYTES;
  }

  /** Sends a frame; gives false, and ends the session, when too much is unread already. */
  deliver(frame: string | PreparedText): boolean {
    const { bufferedAmount } = this.#transport;
    // A reader that has taken everything may be sent a frame of any size.
    if (bufferedAmount > 0 && bufferedAmount + lengthOf(frame) > CLOSE_ABOVE_BYTES) {
      this.#onOverflow();
      return false;
    }
    this.#transport.send(frame);
    return true;
  }

  /** Waits until the reader has taken most of what was sent; one that takes too long has overflowed. */
  async ready(clock: Clock, signal: AbortSignal): Promise<void> {
    const until = clock.monotonic() + READY_TIMEOUT_MS;
    while (this.isSlow) {
      if (clock.monotonic() > until) return this.#onOverflow();
      await sleep(clock, READY_POLL_MS, signal);
    }
  }
}

function lengthOf(frame: string | PreparedText): number {
  return typeof frame === 'string' ? frame.length : frame.text.length;
}
