import { CodedError } from '../core/coded-error.ts';
import {
  asTokenKey,
  generateTokenKey,
  isPrivate,
  keyIdOf,
  type PrivateTokenKey,
  type PublicTokenKey,
} from './token-keys.ts';

/** A key of the token key file and its life, in seconds since the epoch, as the times in a token are. */
export interface TokenKeyEntry {
  readonly kid: string;
  readonly jwk: PublicTokenKey | PrivateTokenKey;
  /** It signs from then on, until a newer key does. Before, it is published only. */
  readonly sign_from: number;
  /** It verifies until then; null: no end is set. */
  readonly verify_until: number | null;
}

/** The keys of an installation, oldest first by `sign_from`. The newest can sign and has no end. */
export type TokenKeySet = readonly TokenKeyEntry[];

/** More than one rotation a day with the longest overlap makes. */
const MAX_KEYS = 64;

/**
 * Reads the text of a token key file: a key set, or the single private JWK that a file was before keys rotated.
 * @throws CodedError `token_key_invalid`
 */
export async function parseTokenKeySet(text: string): Promise<TokenKeySet> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CodedError('token_key_invalid', 'the token keys are not JSON', { cause });
  }
  const { keys } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const listed = keys === undefined ? [{ jwk: value, sign_from: 0, verify_until: null }] : keys;
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > MAX_KEYS) {
    throw new CodedError('token_key_invalid', `"keys" is not a list of 1 to ${MAX_KEYS} keys`);
  }
  const entries = (await Promise.all(listed.map(entryOf))).sort((a, b) => a.sign_from - b.sign_from);
  if (new Set(entries.map(({ kid }) => kid)).size < entries.length) {
    throw new CodedError('token_key_invalid', 'a token key stands in the set twice');
  }
  const newest = entries.at(-1);
  if (!newest || !isPrivate(newest.jwk) || newest.verify_until !== null) {
    throw new CodedError('token_key_invalid', 'the newest token key has no private part, or an end');
  }
  return entries;
}

async function entryOf(value: unknown): Promise<TokenKeyEntry> {
  const { jwk, sign_from, verify_until } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (!isSeconds(sign_from) || (verify_until !== null && !isSeconds(verify_until))) {
    throw new CodedError(
      'token_key_invalid',
      '"sign_from" or "verify_until" of a token key is not a time in whole seconds',
    );
  }
  const key = asTokenKey(jwk);
  return { kid: await keyIdOf(key), jwk: key, sign_from, verify_until };
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The set as text for its file. */
export function formatTokenKeySet(set: TokenKeySet): string {
  const keys = set.map(({ kid, jwk, sign_from, verify_until }) => ({
    sign_from,
    verify_until,
    jwk: { ...jwk, kid, alg: 'ES256', use: 'sig' },
  }));
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

/**
 * The entry that signs at `nowS`: the newest whose time has come. Where none has, because a clock was set back, the
 * oldest that can sign does: every one in force verifies.
 */
export function signerOf(set: TokenKeySet, nowS: number): TokenKeyEntry & { readonly jwk: PrivateTokenKey } {
  const able = set.filter((entry) => inForce(entry, nowS)).filter(canSign);
  const signer = able.findLast(({ sign_from }) => sign_from <= nowS) ?? able[0];
  // The newest is always able: `parseTokenKeySet` and `rotated` see to it.
  if (!signer) throw new CodedError('token_key_invalid', 'no token key is in force');
  return signer;
}

/** The key that signs last: it has no end. */
export function newestOf(set: TokenKeySet): TokenKeyEntry {
  const newest = set.at(-1);
  if (!newest) throw new CodedError('token_key_invalid', 'there is no token key');
  return newest;
}

/** Whether a key verifies at `nowS`, and is published. */
export function inForce({ verify_until }: TokenKeyEntry, nowS: number): boolean {
  return verify_until === null || nowS < verify_until;
}

function canSign(entry: TokenKeyEntry): entry is TokenKeyEntry & { readonly jwk: PrivateTokenKey } {
  return isPrivate(entry.jwk);
}

/** How a new key takes over. Seconds. */
export interface Rotation {
  /** It is published at once and signs after this. */
  readonly signInS: number;
  /** Former keys verify so long after it has begun to sign; null: they are compromised and end now. */
  readonly overlapS: number | null;
}

/**
 * The set with a new key. Keys that ended are left out, those that will not sign again lose their private part.
 * @throws CodedError `rotation_pending` while the key of an earlier rotation has not begun to sign, unless the former
 *   keys are compromised; `too_many_token_keys`
 */
export async function rotated(
  set: TokenKeySet,
  { signInS, overlapS }: Rotation,
  nowS: number,
): Promise<TokenKeySet> {
  const pending = set.find(({ sign_from }) => sign_from > nowS);
  if (pending && overlapS !== null) {
    throw new CodedError(
      'rotation_pending',
      `key ${pending.kid} of an earlier rotation signs from ${new Date(pending.sign_from * 1000).toISOString()}: rotate again after that, or with --compromised at once`,
    );
  }
  const jwk = generateTokenKey();
  const sign_from = nowS + (overlapS === null ? 0 : signInS);
  const end = overlapS === null ? nowS : sign_from + overlapS;
  const former = set.map((entry) => ({
    ...entry,
    verify_until: entry.verify_until === null ? end : Math.min(entry.verify_until, end),
  }));
  const all = pruned([...former, { kid: await keyIdOf(jwk), jwk, sign_from, verify_until: null }], nowS);
  if (all.length > MAX_KEYS) {
    throw new CodedError(
      'too_many_token_keys',
      `${MAX_KEYS} token keys are in force: rotate less often, or with a shorter --overlap`,
    );
  }
  return all;
}

/** The set without keys that ended, and with the public part only of those that will not sign again. */
export function pruned(set: TokenKeySet, nowS: number): TokenKeySet {
  const signer = signerOf(set, nowS);
  const from = set.indexOf(signer);
  return set
    .map((entry, index) => (index < from ? { ...entry, jwk: publicPart(entry.jwk) } : entry))
    .filter((entry) => inForce(entry, nowS));
}

function publicPart({ kty, crv, x, y }: PublicTokenKey): PublicTokenKey {
  return { kty, crv, x, y };
}
