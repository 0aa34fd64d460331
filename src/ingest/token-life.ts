import type { EpochMs } from '../core/clock.ts';

/** A peer is told this long before its token expires. */
const WARNING_MS = 60_000;

/** How long a connection's token holds, and whether its end was announced. */
export class TokenLife {
  #expires: EpochMs;
  #announced = false;

  constructor(expires: EpochMs) {
    this.#expires = expires;
  }

  get expires(): EpochMs {
    return this.#expires;
  }

  hasEnded(now: EpochMs): boolean {
    return now >= this.#expires;
  }

  /** True once, when the end is near. */
  announce(now: EpochMs): boolean {
    if (this.#announced || now < this.#expires - WARNING_MS) return false;
    this.#announced = true;
    return true;
  }

  /** When there is something to do next. @param announces whether the peer can be told before the end */
  nextAt(announces: boolean): EpochMs {
    return announces && !this.#announced ? this.#expires - WARNING_MS : this.#expires;
  }

  renew(expires: EpochMs): void {
    this.#expires = expires;
    this.#announced = false;
  }
}
