import type { EpochMs } from '../core/clock.ts';
import type { DeviceId } from '../model/ids.ts';
import { type IssuedToken, signAccessToken, verifyAccessToken } from './access-token.ts';
import { IdentityError } from './identity-error.ts';
import type { TokenKeySchedule } from './token-keys.ts';

const AUDIENCE = 'vitalwire:device';

/** Whose token: the device, and the certificate it presents. */
export interface DeviceBinding {
  readonly device: DeviceId;
  /** `x5t#S256` of the certificate in the TLS session. */
  readonly thumbprint: string;
  readonly issuer: string;
  readonly now: EpochMs;
}

/** A token that works only together with the client certificate it is bound to (RFC 8705 section 3.1). */
export function issueDeviceToken(
  keys: TokenKeySchedule,
  request: DeviceBinding & { readonly ttlS: number },
): Promise<IssuedToken> {
  return signAccessToken(keys, {
    issuer: request.issuer,
    audience: AUDIENCE,
    subject: request.device,
    ttlS: request.ttlS,
    now: request.now,
    further: { cnf: { 'x5t#S256': request.thumbprint } },
  });
}

/**
 * Verifies a token against the certificate that came with it.
 * @throws IdentityError `token_missing`, `token_invalid`, `token_expired`, `token_not_bound`
 */
export async function verifyDeviceToken(
  keys: TokenKeySchedule,
  token: string,
  peer: DeviceBinding,
): Promise<{ readonly device: DeviceId; readonly expires: EpochMs }> {
  const { subject, expires, payload } = await verifyAccessToken(keys, token, {
    issuer: peer.issuer,
    audience: AUDIENCE,
    now: peer.now,
  });
  const confirmation = payload.cnf as Readonly<Record<string, unknown>> | null | undefined;
  // The text must be equal: padded, hexadecimal or otherwise spelt, a thumbprint is not the one issued here.
  if (confirmation?.['x5t#S256'] !== peer.thumbprint || subject !== peer.device) {
    throw new IdentityError(
      'token_not_bound',
      'the token is not bound to the certificate of this connection: ask for one over it',
    );
  }
  return { device: peer.device, expires };
}
