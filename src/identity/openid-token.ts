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
const ACCESS_TYPES: ReadonlySet<string> = new Set(['at+jwt', 'application/at+jwt', 'jwt']);
/** Of an ID token the type may be left out; one that says to be another kind of token is refused. */
const ID_TYPES: ReadonlySet<string> = new Set(['jwt', '']);

/** The provider whose tokens let clinicians in. */
export interface OpenIdProvider {
  readonly issuer: string;
  /** Of access tokens; null: none is taken. */
  readonly audience: string | null;
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
  const { audience } = provider;
  if (audience === null) throw invalidToken('access tokens of the identity provider are not taken here');
  const { payload, expires } = await verified(provider, token, { audience, types: ACCESS_TYPES, now });
  return { principal: principalOf(payload, provider.claims), expires };
}

/**
 * Verifies an ID token of the provider for the client `clientId`: form, signature and times. Its nonce is whose who asked
 * for it.
 * @throws IdentityError as `verifyOpenIdToken`
 */
export async function verifyIdToken(
  provider: OpenIdProvider,
  clientId: string,
  token: string,
  now: EpochMs,
): Promise<VerifiedClinician> {
  const { payload, expires } = await verified(provider, token, {
    audience: clientId,
    types: ID_TYPES,
    now,
  });
  return { principal: principalOf(payload, provider.claims), expires };
}

interface Expected {
  readonly audience: string;
  readonly types: ReadonlySet<string>;
  readonly now: EpochMs;
}

async function verified(
  provider: OpenIdProvider,
  token: string,
  expected: Expected,
): Promise<{ readonly payload: JWTPayload; readonly expires: EpochMs }> {
  if (token.length > OPENID_TOKEN_MAX_LENGTH) {
    throw invalidToken(`longer than ${OPENID_TOKEN_MAX_LENGTH} characters`);
  }
  checkCompactForm(token);
  const payload = await signed(provider, token, expected);
  const { exp, iat } = payload;
  const nowS = expected.now / 1000;
  // jose lets its tolerance work for `exp` too, and does not look whether `iat` is ahead.
  if (exp === undefined || iat === undefined) throw invalidToken('"exp" or "iat" is missing');
  if (exp <= nowS) throw expiredToken();
  if (!Number.isSafeInteger(exp * 1000)) throw invalidToken('"exp" is not a time in milliseconds');
  if (iat > nowS + TOKEN_SKEW_S) throw invalidToken('"iat" is in the future');
  return { payload, expires: exp * 1000 };
}

async function signed(
  { issuer, algorithms, keys }: OpenIdProvider,
  token: string,
  { audience, types, now }: Expected,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, (header) => keyOf(keys, types, header), {
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
async function keyOf(
  keys: OpenIdProvider['keys'],
  types: ReadonlySet<string>,
  header: JWTHeaderParameters,
): Promise<KeyObject> {
  const { alg, typ = '', kid } = header;
  const other = Object.keys(header).find((name) => !ALLOWED_HEADER.has(name));
  if (other !== undefined) throw invalidToken('its header carries a parameter beside alg, typ, kid and x5t');
  if (typeof typ !== 'string' || !types.has(typ.toLowerCase()))
    throw invalidToken(`"typ" is not one of ${[...types].filter((type) => type !== '').join(', ')}`);
  if (typeof kid !== 'string' || kid === '') throw invalidToken('"kid" is missing');
  return keys.find(kid, alg);
}
