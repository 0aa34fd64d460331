import type { Clock } from '../core/clock.ts';
import { ACK_EVERY_FRAMES, DEFAULT_ACK_INTERVAL_MS } from '../protocol/limits.ts';

/** Later than any time. A time that may be null as well would be a new object each time it is set. */
const NEVER = Number.POSITIVE_INFINITY;

/**
 * When the next cumulative ack is due: `interval` after the first frame came that is durable and not acked, or at once when
 * 32 of them wait. An interval of 0 acks after every commit. Times are monotonic milliseconds.
 */
export class AckSchedule {
  #intervalMs = DEFAULT_ACK_INTERVAL_MS;
  #acked = 0;
  #durable = 0;
  /** Since when something waits to be acked. */
  #waitingSince = NEVER;
  /** When the first frame came that was handed to the journal since the last ack. */
  #cameAt = NEVER;

  every(intervalMs: number): void {
    this.#intervalMs = intervalMs;
  }

  /** A frame was handed to the journal; only the first since the last ack counts. @returns whether this was it */
  came(clock: Pick<Clock, 'monotonic'>): boolean {
    if (this.#cameAt !== NEVER) return false;
    this.#cameAt = clock.monotonic();
    return true;
  }

  /** Everything up to `seq` is on disk, as is seen `now`. */
  durable(seq: number, now: number): void {
    if (seq <= this.#durable) return;
    this.#durable = seq;
    if (this.#waitingSince === NEVER) this.#waitingSince = this.#cameAt === NEVER ? now : this.#cameAt;
  }

  /** Whether the ack of what is received and not durable yet goes out as soon as it is. */
  goesWithCommit(received: number): boolean {
    if (received <= this.#durable) return false;
    return this.#intervalMs === 0 || received - this.#acked >= ACK_EVERY_FRAMES;
  }

  /** A duplicate came: the device has missed an ack, which is due again. */
  repeat(now: number): void {
    if (this.#waitingSince === NEVER) this.#waitingSince = now;
  }

  isPending(): boolean {
    return this.#waitingSince !== NEVER;
  }

  /** When the interval is over of what waits to be acked, or came and is not durable yet; infinity: there is nothing. */
  dueAt(): number {
    return (this.#waitingSince === NEVER ? this.#cameAt : this.#waitingSince) + this.#intervalMs;
  }

  isDue(now: number): boolean {
    if (this.#waitingSince === NEVER) return false;
    return this.#durable - this.#acked >= ACK_EVERY_FRAMES || now - this.#waitingSince >= this.#intervalMs;
  }

  /** An ack for `seq` went out. */
  acked(seq: number): void {
    this.#acked = seq;
    this.#durable = Math.max(this.#durable, seq);
    this.#waitingSince = NEVER;
    this.#cameAt = NEVER;
  }
}
