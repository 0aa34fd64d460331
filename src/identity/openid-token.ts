import type { KeyObject } from 'node:crypto';
import { type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import type { EpochMs } from '../core/clock.ts';
import { TOKEN_SKEW_S } from './access-token.ts';
import type { VerifiedClinician } from './clinician-principal.ts';
import { type OpenIdClaims, principalOf } from './openid-claims.ts';
import type { OpenIdAlgorithm } from './openid-key-set.ts';
import type { OpenIdKeys } from './openid-keys.ts';
import { expiredToken, invalidToken, tokenRefusal } from './token-refusal.ts';
import { checkCompactForm } from './token-signature.ts';

/** As long as a `refresh` frame takes. Providers put many groups into a token; longer ones are refused unparsed. */
export const OPENID_TOKEN_MAX_LENGTH = 8_192;

/**
 * Header parameters that a token may carry. Thumbprints of a certificate are passed over, the key is found by `kid`
 * alone; any other would ask for a key or a rule of the sender's choice (RFC 8725 section 3.10).
 */
const ALLOWED_HEADER: ReadonlySet<string> = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256']);
/** Access tokens by RFC 9068, and what most providers still write. */
const TYPES: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt', 'jwt']);

/** The provider whose tokens let clinicians in. */
export interface OpenIdProvider {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly OpenIdAlgorithm[];
  readonly claims: OpenIdClaims;
  readonly keys: Pick<OpenIdKeys, 'find'>;
}

/**
 * Verifies an access token of the provider, and reads from it who somebody is.
 * @throws IdentityError `token_invalid`, `token_expired`, `role_forbidden`, `identity_provider_unavailable`
 */
export async function verifyOpenIdToken(
  provider: OpenIdProvider,
  token: string,
  now: EpochMs,
): Promise<VerifiedClinician> {
  if (token.length > OPENID_TOKEN_MAX_LENGTH) {
    throw invalidToken(`longer than ${OPENID_TOKEN_MAX_LENGTH} characters`);
  }
  checkCompactForm(token);
  const payload = await verified(provider, token, now);
  const { exp, iat } = payload;
  const nowS = now / 1000;
  // jose lets its tolerance work for `exp` too, and does not look whether `iat` is ahead.
  if (exp === undefined || iat === undefined) throw invalidToken('"exp" or "iat" is missing');
  if (exp <= nowS) throw expiredToken();
  if (!Number.isSafeInteger(exp * 1000)) throw invalidToken('"exp" is not a time in milliseconds');
  if (iat > nowS + TOKEN_SKEW_S) throw invalidToken('"iat" is in the future');
  return { principal: principalOf(payload, provider.claims), expires: exp * 1000 };
}

async function verified(provider: OpenIdProvider, token: string, now: EpochMs): Promise<JWTPayload> {
  const { issuer, audience, algorithms, keys } = provider;
  try {
    const { payload } = await jwtVerify(token, (header) => keyOf(keys, header), {
      algorithms: [...algorithms],
      issuer,
      audience,
      requiredClaims: ['exp', 'iat'],
      clockTolerance: TOKEN_SKEW_S,
      currentDate: new Date(now),
    });
    return payload;
  } catch (cause) {
    throw tokenRefusal(cause, algorithms.join(', '));
  }
}

/** Everything that the header alone shows is refused before the provider is asked. */
async function keyOf(keys: OpenIdProvider['keys'], header: JWTHeaderParameters): Promise<KeyObject> {
  const { alg, typ, kid } = header;
  const other = Object.keys(header).find((name) => !ALLOWED_HEADER.has(name));
  if (other !== undefined) throw invalidToken('its header carries a parameter beside alg, typ, kid and x5t');
  if (typeof typ !== 'string' || !TYPES.has(typ.toLowerCase()))
    throw invalidToken('"typ" is not at+jwt or JWT');
  if (typeof kid !== 'string' || kid === '') throw invalidToken('"kid" is missing');
  return keys.find(kid, alg);
}
