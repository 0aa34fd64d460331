import { DEVICE_BURST_BYTES, DEVICE_BYTES_PER_SECOND, LEAST_MESSAGE_BYTES } from '../protocol/limits.ts';

/**
 * What a device may send (a token bucket): the burst at once, and as it is filled up after that. What comes when it is
 * empty is taken all the same and owed, so that nothing is lost of what was off the socket already.
 */
export class ByteBucket {
  #bytes = DEVICE_BURST_BYTES;
  #filled: number;

  /** @param monotonic ms, as in `fill` */
  constructor(monotonic: number) {
    this.#filled = monotonic;
  }

  /** Takes a message out; false: it is empty now, and the device has to wait. */
  take(bytes: number, monotonic: number): boolean {
    this.fill(monotonic);
    this.#bytes -= Math.max(bytes, LEAST_MESSAGE_BYTES);
    return this.#bytes > 0;
  }

  /** Fills it up for the time that went by; false: it is still empty. */
  fill(monotonic: number): boolean {
    const more = ((monotonic - this.#filled) / 1_000) * DEVICE_BYTES_PER_SECOND;
    this.#bytes = Math.min(DEVICE_BURST_BYTES, this.#bytes + more);
    this.#filled = monotonic;
    return this.#bytes > 0;
  }
}
