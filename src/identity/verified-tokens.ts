import { createHash, type KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { EpochMs } from '../core/clock.ts';
import type { Device } from '../model/people.ts';
import { TOKEN_SKEW_S } from './access-token.ts';
import { verifyDeviceToken } from './device-token.ts';
import type { TokenKeySchedule } from './token-keys.ts';

/** A token whose signature and claims were found good. */
interface Verified {
  /** SHA-256 of its text. */
  readonly digest: string;
  readonly thumbprint: string;
  readonly kid: string;
  readonly key: KeyObject;
  /** Seconds. */
  readonly issuedAt: number;
  readonly expires: EpochMs;
}

/** Whom a token is to be bound to: as `identifyDevice` found it. */
export interface TokenHolder {
  readonly device: Device;
  readonly thumbprint: string;
}

/**
 * Verifies device tokens, and remembers of each device the last one that held: a fleet that comes back after an
 * interruption shows the tokens it has, and a signature costs as much as half of the upgrade.
 *
 * What is remembered can only say yes, and only to the same text, the same certificate and a key that still verifies,
 * within its time. Everything else is verified anew, and refused there. It goes with the registry's entry of the device, so
 * that there are no more of them than devices.
 */
export class VerifiedTokens {
  readonly #keys: TokenKeySchedule;
  readonly #issuer: string;
  readonly #known = new WeakMap<Device, Verified>();

  constructor(keys: TokenKeySchedule, issuer: string) {
    this.#keys = keys;
    this.#issuer = issuer;
  }

  /** @throws IdentityError as `verifyDeviceToken` */
  async verify(
    token: string,
    { device, thumbprint }: TokenHolder,
    now: EpochMs,
  ): Promise<{ readonly expires: EpochMs }> {
    const digest = createHash('sha256').update(token).digest('base64url');
    const known = this.#known.get(device);
    if (known?.digest === digest && known.thumbprint === thumbprint && this.#holds(known, now)) return known;
    const binding = { device: device.id, thumbprint, issuer: this.#issuer, now };
    const { expires } = await verifyDeviceToken(this.#keys, token, binding);
    this.#remember(token, { digest, thumbprint, expires }, device, now);
    return { expires };
  }

  #holds({ kid, key, issuedAt, expires }: Verified, now: EpochMs): boolean {
    const isOfNow = expires > now && issuedAt <= now / 1_000 + TOKEN_SKEW_S;
    // The very key: one that was withdrawn, or took over the name of another, verifies nothing of before.
    return isOfNow && this.#keys.current(now).verification.get(kid) === key;
  }

  #remember(
    token: string,
    verified: Pick<Verified, 'digest' | 'thumbprint' | 'expires'>,
    device: Device,
    now: EpochMs,
  ): void {
    const { kid } = decodeProtectedHeader(token);
    const { iat, nbf } = decodeJwt(token);
    const key = kid === undefined ? undefined : this.#keys.current(now).verification.get(kid);
    // None issued here has `nbf`; one that has is looked at each time.
    if (kid === undefined || key === undefined || iat === undefined || nbf !== undefined) return;
    this.#known.set(device, { ...verified, kid, key, issuedAt: iat });
  }
}
