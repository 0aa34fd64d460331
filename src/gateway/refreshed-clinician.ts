import type { Refusal } from '../feed/refusal.ts';
import type { VerifiedClinician } from '../identity/clinician-principal.ts';
import { IdentityError } from '../identity/identity-error.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';

/** A feed of the console lasts as long as its session, which no token makes longer. */
export async function refuseRefreshOfSession(): Promise<Refusal> {
  return {
    code: 'invalid_request',
    message: 'the feed lasts as long as the session of the console: sign in again in time',
  };
}

/**
 * What the token of a `refresh` verified as, or why it does not hold; any other failure is the server's own and is
 * thrown. Of a refused token no more is said than that; of a provider that can't be asked, that it is worth trying again.
 */
export async function refreshedClinician(
  verification: Promise<VerifiedClinician>,
): Promise<VerifiedClinician | Refusal> {
  try {
    return await verification;
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const code = error.code === 'identity_provider_unavailable' ? error.code : 'token_invalid';
    return { code, message: ERROR_CODES[code].cure };
  }
}
