import { decodeJwt } from 'jose';
import type { EpochMs } from '../core/clock.ts';
import { registeredPrincipal, type VerifiedClinician } from './clinician-principal.ts';
import { verifyClinicianToken } from './clinician-token.ts';
import { OPENID_TOKEN_MAX_LENGTH, type OpenIdProvider, verifyOpenIdToken } from './openid-token.ts';
import type { TokenKeySchedule } from './token-keys.ts';

export interface ClinicianVerifierOptions {
  /** Of the tokens this service signs. */
  readonly keys: TokenKeySchedule;
  readonly issuer: string;
  /** Null: only this service's tokens hold. */
  readonly provider: OpenIdProvider | null;
}

/**
 * Verifies a clinician's token, this service's or the provider's. Which of the two is read from the unverified `iss`,
 * and nothing else is: the one that is chosen verifies all of the token.
 * @throws IdentityError `token_missing`, `token_invalid`, `token_expired`, `role_forbidden`,
 *   `identity_provider_unavailable`
 */
export async function verifyClinician(
  { keys, issuer, provider }: ClinicianVerifierOptions,
  token: string,
  now: EpochMs,
): Promise<VerifiedClinician> {
  if (provider !== null && claimedIssuer(token) === provider.issuer) {
    return verifyOpenIdToken(provider, token, now);
  }
  const { clinician, expires } = await verifyClinicianToken(keys, token, { issuer, now });
  return { principal: registeredPrincipal(clinician), expires };
}

/** What a token says of its issuer, unverified; undefined when it can't be read. */
function claimedIssuer(token: string): string | undefined {
  if (token.length > OPENID_TOKEN_MAX_LENGTH) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    // No JWT at all: whoever verifies it says so.
    return undefined;
  }
}
