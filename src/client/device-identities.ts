import type { EpochMs } from '../core/clock.ts';
import type { DeviceIdentity } from './device-identity.ts';

/**
 * The identity that a device connects with; after a renewal the former one beside it, until the server has taken the
 * new one: the server keeps the former good for as long.
 */
export class DeviceIdentities implements Disposable {
  #current: DeviceIdentity;
  #former: DeviceIdentity | null = null;

  constructor(first: DeviceIdentity) {
    this.#current = first;
  }

  get current(): DeviceIdentity {
    return this.#current;
  }

  /** Goes on with a renewed identity, on trial. */
  adopt(next: DeviceIdentity): void {
    this.#former?.[Symbol.dispose]();
    this.#former = this.#current;
    this.#current = next;
  }

  /** The server has taken `identity`. @returns whether this ends its trial */
  taken(identity: DeviceIdentity): boolean {
    if (this.#former === null || identity !== this.#current) return false;
    this.#former[Symbol.dispose]();
    this.#former = null;
    return true;
  }

  /** The server has refused `identity`: the former one is the current again, if there is one that still holds. */
  fallBackFrom(identity: DeviceIdentity, now: EpochMs): boolean {
    const former = this.#former;
    if (former === null || identity !== this.#current) return false;
    if (former.certificate.validToDate.getTime() <= now) return false;
    identity[Symbol.dispose]();
    this.#current = former;
    this.#former = null;
    return true;
  }

  [Symbol.dispose](): void {
    this.#current[Symbol.dispose]();
    this.#former?.[Symbol.dispose]();
  }
}
