import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import type { EpochMs } from '../core/clock.ts';
import { inForce, signerOf, type TokenKeyEntry, type TokenKeySet } from './token-key-set.ts';
import { privateKeyOf, publicKeyOf, type TokenKeySchedule, type TokenKeys } from './token-keys.ts';

/** The keys as they stand in [from, until). Seconds. */
interface Period {
  readonly from: number;
  readonly until: number;
  readonly keys: TokenKeys;
}

/** What a key set means at a moment. Keys are read once; between two changes the same answer is given. */
export function tokenKeySchedule(set: TokenKeySet): TokenKeySchedule {
  const publicKeys = new Map(set.map(({ kid, jwk }) => [kid, publicKeyOf(jwk)] as const));
  const changes = [
    ...new Set(set.flatMap(({ sign_from, verify_until }) => [sign_from, verify_until ?? 0])),
  ].sort((a, b) => a - b);
  let period: Period | null = null;
  const periodAt = (nowS: number): Period => ({
    from: changes.findLast((change) => change <= nowS) ?? Number.NEGATIVE_INFINITY,
    until: changes.find((change) => change > nowS) ?? Number.POSITIVE_INFINITY,
    keys: keysAt(set, publicKeys, nowS),
  });
  return {
    current(now: EpochMs): TokenKeys {
      const nowS = now / 1000;
      if (period === null || nowS < period.from || nowS >= period.until) period = periodAt(nowS);
      return period.keys;
    },
  };
}

function keysAt(set: TokenKeySet, publicKeys: ReadonlyMap<string, KeyObject>, nowS: number): TokenKeys {
  const signer = signerOf(set, nowS);
  const published = set.filter((entry) => inForce(entry, nowS));
  return {
    signing: { kid: signer.kid, key: privateKeyOf(signer.jwk) },
    verification: new Map(
      published.flatMap(({ kid }) => {
        const key = publicKeys.get(kid);
        return key ? [[kid, key] as const] : [];
      }),
    ),
    jwks: { keys: published.map(publishedKey) },
  };
}

/** Member by member: a private part, or what else stands in a file, can not slip through. */
function publishedKey({ kid, jwk: { kty, crv, x, y } }: TokenKeyEntry): JWK {
  return { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' };
}
