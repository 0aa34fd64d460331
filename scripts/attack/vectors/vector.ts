import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';

/** A test vector of somebody else's: a JWS, and what a verifier is to say of it. */
export interface Vector {
  /** File, and the vector's own number in it. */
  readonly name: string;
  /** Compact, or JSON as text. */
  readonly jws: string;
  /** unknown: nobody said; a token of somebody else's has no business here. */
  readonly expected: 'valid' | 'invalid' | 'unknown';
  /** Of the keys that the vector comes with, public or private. */
  readonly keys: readonly JWK[];
}

/** The protected header of a compact JWS; null where it is none. */
export function headerOf(jws: string): Readonly<Record<string, unknown>> | null {
  const [head = ''] = jws.split('.');
  try {
    const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'));
    return typeof header === 'object' && header !== null ? (header as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The vector's key as one of ours would be: P-256, for signatures, and not kept for another algorithm. */
export function tokenKeyOf({ keys, jws }: Vector): KeyObject | null {
  const kid = headerOf(jws)?.kid;
  const fit = keys.filter(isTokenKey);
  const named = fit.find((jwk) => jwk.kid !== undefined && jwk.kid === kid) ?? fit[0];
  if (named === undefined) return null;
  const { kty, crv, x, y } = named as { kty: 'EC'; crv: string; x: string; y: string };
  try {
    return createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
  } catch {
    // Not a point of the curve: some vectors are about that.
    return null;
  }
}

function isTokenKey({ kty, crv, alg, use, key_ops: operations }: JWK): boolean {
  return (
    kty === 'EC' &&
    crv === 'P-256' &&
    (alg === undefined || alg === 'ES256') &&
    (use === undefined || use === 'sig') &&
    (operations === undefined || operations.some((one) => one === 'verify' || one === 'sign'))
  );
}
