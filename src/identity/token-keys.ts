import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { generateKeyPair } from '../pki/key-pair.ts';

/** A P-256 public key in JWK form (RFC 7517): what is left of a key that signs no more. */
export interface PublicTokenKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** A P-256 private key in JWK form (RFC 7517), as it stands on disk. */
export interface PrivateTokenKey extends PublicTokenKey {
  readonly d: string;
}

/** What signs tokens at a moment, and what verifies them: more keys verify than sign while keys rotate. */
export interface TokenKeys {
  readonly signing: { readonly kid: string; readonly key: KeyObject };
  /** Public keys by `kid`. */
  readonly verification: ReadonlyMap<string, KeyObject>;
  /** The public keys as a JWK Set (RFC 7517 section 5), for `/.well-known/jwks.json`. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** Token keys over time: which sign and which verify follows from the moment that is asked for. */
export interface TokenKeySchedule {
  current(now: EpochMs): TokenKeys;
}

/** A new key for ES256. */
export function generateTokenKey(): PrivateTokenKey {
  const { kty, crv, x, y, d } = generateKeyPair().privateKey.export({ format: 'jwk' });
  return asTokenKey({ kty, crv, x, y, d }) as PrivateTokenKey;
}

/** A new key for ES256, as text for its file. Its `kid` is the RFC 7638 thumbprint. */
export async function createTokenKey(): Promise<string> {
  const key = generateTokenKey();
  return `${JSON.stringify({ ...key, kid: await keyIdOf(key), alg: 'ES256', use: 'sig' }, null, 2)}\n`;
}

/** The `kid` of a key: its thumbprint by RFC 7638. */
export function keyIdOf({ kty, crv, x, y }: PublicTokenKey): Promise<string> {
  return calculateJwkThumbprint({ kty, crv, x, y });
}

/**
 * Reads a JWK of a token key file, private or public. `kid`, `alg` and `use` are not taken from it: they follow from
 * the key.
 * @throws CodedError `token_key_invalid`
 */
export function asTokenKey(value: unknown): PublicTokenKey | PrivateTokenKey {
  const { kty, crv, x, y, d } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (
    kty !== 'EC' ||
    crv !== 'P-256' ||
    typeof x !== 'string' ||
    typeof y !== 'string' ||
    (d !== undefined && typeof d !== 'string')
  ) {
    throw new CodedError('token_key_invalid', 'a token key is not a JWK with kty EC and crv P-256');
  }
  const key: PublicTokenKey | PrivateTokenKey = d === undefined ? { kty, crv, x, y } : { kty, crv, x, y, d };
  try {
    const publicKey = publicKeyOf(key);
    // The halves of a pair are imported as they are, so that a mixed-up pair shows only here.
    if (isPrivate(key) && !verify('sha256', PROBE, publicKey, sign('sha256', PROBE, privateKeyOf(key))))
      throw new Error('the private part is of another key');
  } catch (cause) {
    throw new CodedError('token_key_invalid', 'a token key is not a key on the curve P-256', { cause });
  }
  return key;
}

const PROBE = Buffer.from('probe');

export function isPrivate(key: PublicTokenKey | PrivateTokenKey): key is PrivateTokenKey {
  return 'd' in key;
}

export function publicKeyOf({ kty, crv, x, y }: PublicTokenKey): KeyObject {
  return createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
}

export function privateKeyOf({ kty, crv, x, y, d }: PrivateTokenKey): KeyObject {
  return createPrivateKey({ key: { kty, crv, x, y, d }, format: 'jwk' });
}
