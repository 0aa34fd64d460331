import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { CodedError } from '../core/coded-error.ts';

/** What a token of the provider may be signed with. */
export type OpenIdAlgorithm = 'ES256' | 'RS256' | 'PS256' | 'EdDSA';

/** Public keys of a provider, each for the algorithms its kind allows. */
export interface OpenIdKeySet {
  readonly size: number;
  find(kid: string, algorithm: string): KeyObject | undefined;
}

/** More is no key set of one provider. */
const MAX_KEYS = 200;

/**
 * The keys of a JWK Set (RFC 7517 section 5) that may verify: with a `kid`, for signatures, of a kind the algorithms
 * use. Others are passed over, as the RFC wants.
 * @throws CodedError `provider_answer_invalid` when it is no set, or none of its keys can verify
 */
export function openIdKeySet(value: unknown, algorithms: readonly OpenIdAlgorithm[]): OpenIdKeySet {
  const { keys } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) {
    throw new CodedError('provider_answer_invalid', `"keys" is not a list of at most ${MAX_KEYS} keys`);
  }
  // By algorithm too: one kid may stand for two kinds of key.
  const found = new Map<string, KeyObject>();
  const kids = new Set<string>();
  for (const jwk of keys) {
    const { kid, alg } = (jwk ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof kid !== 'string' || !isForSignatures(jwk)) continue;
    for (const algorithm of algorithms) {
      if (alg !== undefined && alg !== algorithm) continue;
      const key = keyFor(algorithm, jwk);
      if (!key) continue;
      found.set(`${algorithm} ${kid}`, key);
      kids.add(kid);
    }
  }
  if (found.size === 0) {
    throw new CodedError(
      'provider_answer_invalid',
      `none of its ${keys.length} keys has a "kid" and is for ${algorithms.join(', ')}`,
    );
  }
  return { size: kids.size, find: (kid, algorithm) => found.get(`${algorithm} ${kid}`) };
}

function isForSignatures(jwk: Readonly<Record<string, unknown>>): boolean {
  const { use, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/** Member by member: a private or a shared key is never imported. */
function keyFor(algorithm: OpenIdAlgorithm, jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  const { kty, crv, x, y, n, e } = jwk;
  switch (algorithm) {
    case 'ES256':
      return kty === 'EC' && crv === 'P-256' ? imported({ kty, crv, x, y }) : undefined;
    case 'EdDSA':
      return kty === 'OKP' && crv === 'Ed25519' ? imported({ kty, crv, x }) : undefined;
    case 'RS256':
    case 'PS256': {
      const key = kty === 'RSA' ? imported({ kty, n, e }) : undefined;
      // RFC 7518 sections 3.3 and 3.5.
      return (key?.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? key : undefined;
    }
  }
}

function imported(key: Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: key as JWK, format: 'jwk' });
  } catch {
    // A key of the provider's that is none: its other keys may still do.
    return undefined;
  }
}
