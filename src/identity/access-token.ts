import { randomUUID } from 'node:crypto';
import { type JWTHeaderParameters, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { EpochMs } from '../core/clock.ts';
import { IdentityError } from './identity-error.ts';
import type { TokenKeySchedule, TokenKeys } from './token-keys.ts';
import { expiredToken, invalidToken, tokenRefusal } from './token-refusal.ts';
import { checkCompactForm, TOKEN_ALGORITHM } from './token-signature.ts';

/** How far the clock of whoever issued a token may be ahead of ours: `iat` and `nbf` only, never `exp`. Seconds. */
export const TOKEN_SKEW_S = 60;

/** Longer than any token issued here; what is beyond is refused before it is parsed. */
const TOKEN_MAX_LENGTH = 4_096;

/** Header parameters that a token may carry. Any other would ask for a key or a rule of the sender's choice. */
const ALLOWED_HEADER: ReadonlySet<string> = new Set(['alg', 'typ', 'kid']);

export interface IssuedToken {
  readonly token: string;
  readonly expires: EpochMs;
}

export interface TokenClaims {
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
  readonly ttlS: number;
  readonly now: EpochMs;
  /** Claims beside the registered ones. */
  readonly further?: JWTPayload;
}

/** Signs an access token in JWT form (RFC 9068): `typ` at+jwt, ES256, with a `jti` of its own. */
export async function signAccessToken(keys: TokenKeySchedule, claims: TokenClaims): Promise<IssuedToken> {
  const { signing } = keys.current(claims.now);
  const issued = Math.floor(claims.now / 1000);
  const expires = issued + claims.ttlS;
  const token = await new SignJWT({ ...claims.further })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: 'at+jwt', kid: signing.kid })
    .setIssuer(claims.issuer)
    .setAudience(claims.audience)
    .setSubject(claims.subject)
    .setIssuedAt(issued)
    .setExpirationTime(expires)
    .setJti(randomUUID())
    .sign(signing.key);
  return { token, expires: expires * 1000 };
}

export interface VerifiedToken {
  readonly subject: string;
  readonly expires: EpochMs;
  readonly payload: JWTPayload;
}

/**
 * Verifies signature, type, issuer, audience and times of an access token by RFC 9068 section 4 and RFC 8725.
 * @throws IdentityError `token_missing`, `token_invalid`, `token_expired`
 */
export async function verifyAccessToken(
  keys: TokenKeySchedule,
  token: string,
  expected: { readonly issuer: string; readonly audience: string; readonly now: EpochMs },
): Promise<VerifiedToken> {
  if (token === '') throw new IdentityError('token_missing', 'no token was sent');
  if (token.length > TOKEN_MAX_LENGTH) throw invalidToken(`longer than ${TOKEN_MAX_LENGTH} characters`);
  checkCompactForm(token);
  const payload = await verified(keys.current(expected.now), token, expected);
  const nowS = expected.now / 1000;
  const { exp, iat, sub, aud } = payload;
  // jose lets its tolerance work for `exp` too, and takes a list of audiences that holds ours.
  if (exp === undefined || iat === undefined) throw invalidToken('"exp" or "iat" is missing');
  if (exp <= nowS) throw expiredToken();
  if (!Number.isSafeInteger(exp * 1000)) throw invalidToken('"exp" is not a time in milliseconds');
  if (iat > nowS + TOKEN_SKEW_S) throw invalidToken('"iat" is in the future');
  if (aud !== expected.audience) throw invalidToken('"aud" is not the one audience');
  if (typeof sub !== 'string' || sub === '') throw invalidToken('"sub" is missing');
  return { subject: sub, expires: exp * 1000, payload };
}

async function verified(
  keys: TokenKeys,
  token: string,
  expected: { readonly issuer: string; readonly audience: string; readonly now: EpochMs },
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, (header) => verificationKey(keys, header), {
      algorithms: [TOKEN_ALGORITHM],
      typ: 'at+jwt',
      issuer: expected.issuer,
      audience: expected.audience,
      requiredClaims: ['exp', 'iat', 'sub', 'jti'],
      clockTolerance: TOKEN_SKEW_S,
      currentDate: new Date(expected.now),
    });
    return payload;
  } catch (cause) {
    throw tokenRefusal(cause, TOKEN_ALGORITHM);
  }
}

function verificationKey(keys: TokenKeys, header: JWTHeaderParameters) {
  const other = Object.keys(header).find((name) => !ALLOWED_HEADER.has(name));
  if (other !== undefined) throw invalidToken('its header carries a parameter beside alg, typ and kid');
  const key = typeof header.kid === 'string' ? keys.verification.get(header.kid) : undefined;
  if (key === undefined) throw invalidToken('"kid" names no key of ours');
  return key;
}

/**
 * The token of an `Authorization: Bearer ...` header (RFC 6750 section 2.1).
 * @throws IdentityError `token_missing` when there is no such header or it is of another scheme.
 */
export function bearerTokenOf(authorization: string | undefined): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new IdentityError('token_missing', 'send the token as "Authorization: Bearer <token>"');
  }
  return token;
}
