import { type KeyObject, sign } from 'node:crypto';
import type { Seeded } from '../seeded.ts';

export type TokenKind = 'device' | 'clinician';
export type Claims = Readonly<Record<string, unknown>>;

/** A token and the way it is presented. */
export interface ForgedToken {
  /** What was done this time; the same seed gives the same words. */
  readonly variant: string;
  readonly token: string;
  /** Header lines in place of `Authorization: Bearer <token>`: the token is then tried nowhere but in requests. */
  readonly headers?: readonly string[];
  /** The request's path, where the token stands in it. */
  readonly query?: string;
}

/** What a class of attacks works with: a good token for the door, what it is made of, and what else a thief may have. */
export interface TokenForge {
  readonly kind: TokenKind;
  readonly random: Seeded;
  /** Of the good token. */
  readonly header: Claims;
  readonly claims: Claims;
  readonly good: string;
  /** Good for another device, or another clinician whose right was taken away. */
  readonly ofAnother: string;
  /** Good at the other listener. */
  readonly ofOtherKind: string;
  /** `x5t#S256` of another device's certificate. */
  readonly otherThumbprint: string;
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
  /** What /.well-known/jwks.json answers. */
  readonly jwks: string;
  /** A key of the attacker's own. */
  readonly ownKey: KeyObject;
  readonly ownRsaKey: KeyObject;
  readonly nowS: number;
}

export interface TokenClass {
  /** Where it makes sense; left out: at both listeners. */
  readonly only?: TokenKind;
  readonly forge: (forge: TokenForge) => ForgedToken;
}

export function encoded(part: unknown): string {
  const text = typeof part === 'string' ? part : JSON.stringify(part);
  return Buffer.from(text, 'utf8').toString('base64url');
}

/** The signature of ES256: r and s, 32 octets each (RFC 7518 3.4). */
export function es256(key: KeyObject): (input: string) => Buffer {
  return (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
}

/** A compact JWS of any header and payload; text stands as it is. */
export function compact(
  header: unknown,
  payload: unknown,
  signature: (input: string) => Buffer | string,
): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  const signed = signature(input);
  return `${input}.${typeof signed === 'string' ? signed : signed.toString('base64url')}`;
}

/** The good token with another header, signed with the service's own key: only the header is wrong. */
export function withHeader({ header, claims, signingKey }: TokenForge, change: Claims): string {
  return compact({ ...header, ...change }, claims, es256(signingKey));
}

/** The good token with other claims, signed with the service's own key; undefined leaves a claim out. */
export function withClaims({ header, claims, signingKey }: TokenForge, change: Claims): string {
  return compact(header, { ...claims, ...change }, es256(signingKey));
}

/** One of several ways to do a thing, by its name. */
export function oneOf(
  random: Seeded,
  ways: Readonly<Record<string, () => string>>,
): { readonly variant: string; readonly token: string } {
  const variant = random.pick(Object.keys(ways));
  return { variant, token: ways[variant]?.() ?? '' };
}
