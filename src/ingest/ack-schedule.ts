import type { Clock } from '../core/clock.ts';
import { ACK_EVERY_FRAMES, DEFAULT_ACK_INTERVAL_MS } from '../protocol/limits.ts';

/**
 * When the next cumulative ack is due: `interval` after the first frame came that is durable and not acked, or at once when
 * 32 of them wait. An interval of 0 acks after every commit. Times are monotonic milliseconds.
 */
export class AckSchedule {
  #intervalMs = DEFAULT_ACK_INTERVAL_MS;
  #acked = 0;
  #durable = 0;
  /** Since when something waits to be acked; null when nothing does. */
  #waitingSince: number | null = null;
  /** When the first frame came that was handed to the journal since the last ack. */
  #cameAt: number | null = null;

  every(intervalMs: number): void {
    this.#intervalMs = intervalMs;
  }

  /** A frame was handed to the journal; only the first since the last ack counts. */
  came(clock: Pick<Clock, 'monotonic'>): void {
    this.#cameAt ??= clock.monotonic();
  }

  /** Everything up to `seq` is on disk, as is seen `now`. */
  durable(seq: number, now: number): void {
    if (seq <= this.#durable) return;
    this.#durable = seq;
    this.#waitingSince ??= this.#cameAt ?? now;
  }

  /** Whether the ack of what is received and not durable yet goes out as soon as it is. */
  goesWithCommit(received: number): boolean {
    if (received <= this.#durable) return false;
    return this.#intervalMs === 0 || received - this.#acked >= ACK_EVERY_FRAMES;
  }

  /** A duplicate came: the device has missed an ack, which is due again. */
  repeat(now: number): void {
    this.#waitingSince ??= now;
  }

  isPending(): boolean {
    return this.#waitingSince !== null;
  }

  isDue(now: number): boolean {
    if (this.#waitingSince === null) return false;
    return this.#durable - this.#acked >= ACK_EVERY_FRAMES || now - this.#waitingSince >= this.#intervalMs;
  }

  /** An ack for `seq` went out. */
  acked(seq: number): void {
    this.#acked = seq;
    this.#durable = Math.max(this.#durable, seq);
    this.#waitingSince = null;
    this.#cameAt = null;
  }
}
