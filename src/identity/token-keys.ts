import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { CodedError } from '../core/coded-error.ts';
import { generateKeyPair } from '../pki/key-pair.ts';

/** A P-256 private key in JWK form (RFC 7517), as it stands on disk. */
export interface PrivateTokenKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** What signs tokens, and what verifies them: more keys verify than sign while keys rotate. */
export interface TokenKeys {
  readonly signing: { readonly kid: string; readonly key: KeyObject };
  /** Public keys by `kid`. */
  readonly verification: ReadonlyMap<string, KeyObject>;
  /** The public keys as a JWK Set (RFC 7517 section 5), for `/.well-known/jwks.json`. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** A new key for ES256, as text for its file. Its `kid` is the RFC 7638 thumbprint. */
export async function createTokenKey(): Promise<string> {
  const jwk = generateKeyPair().privateKey.export({ format: 'jwk' }) as JWK;
  const kid = await calculateJwkThumbprint(jwk);
  return `${JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' }, null, 2)}\n`;
}

/**
 * Reads the text of a token key file. `kid`, `alg` and `use` are not taken from it: they follow from the key.
 * @throws CodedError `token_key_invalid`
 */
export function parseTokenKey(text: string): PrivateTokenKey {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CodedError('token_key_invalid', 'the token key is not JSON', { cause });
  }
  const { kty, crv, x, y, d } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (
    kty !== 'EC' ||
    crv !== 'P-256' ||
    typeof x !== 'string' ||
    typeof y !== 'string' ||
    typeof d !== 'string'
  ) {
    throw new CodedError('token_key_invalid', 'the token key is not a private JWK with kty EC and crv P-256');
  }
  return { kty, crv, x, y, d };
}

/** Keys that sign with `current` and verify with it and every key of `previous`. */
export async function tokenKeysOf(
  current: PrivateTokenKey,
  previous: readonly JWK[] = [],
): Promise<TokenKeys> {
  const { kty, crv, x, y } = current;
  const published = await Promise.all(
    [{ kty, crv, x, y }, ...previous].map(async (jwk) => ({
      kty,
      crv,
      x: jwk.x ?? '',
      y: jwk.y ?? '',
      kid: await calculateJwkThumbprint(jwk),
      alg: 'ES256',
      use: 'sig',
    })),
  );
  const verification = new Map(
    published.map((jwk) => [jwk.kid, createPublicKey({ key: { ...jwk }, format: 'jwk' })] as const),
  );
  const kid = published[0]?.kid ?? '';
  const key = createPrivateKey({ key: { ...current }, format: 'jwk' });
  return { signing: { kid, key }, verification, jwks: { keys: published } };
}
