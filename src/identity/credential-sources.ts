import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Registry } from '../registry/registry.ts';
import { listAuthorities } from './authorities.ts';
import {
  authorityPaths,
  loadServerCredentials,
  loadTokenKeySet,
  serverPaths,
  tokenKeyPath,
} from './certificate-directory.ts';
import { type CredentialRules, checkDeviceTrust, checkServerCredentials } from './credential-checks.ts';
import { filesIn } from './credential-file.ts';
import { type CredentialSource, digestOf, type Expiry } from './credential-watch.ts';
import { endedCertificatesPath } from './ended-certificates.ts';
import { tokenKeySchedule } from './token-key-schedule.ts';
import type { TokenKeySet } from './token-key-set.ts';
import type { TokenKeySchedule } from './token-keys.ts';

/** The server's own key and certificate chain, for the `key` and `cert` options of TLS. */
export interface ServerCredentials {
  readonly key: string;
  readonly cert: string;
}

/** What device certificates must chain to, for the `ca` option of TLS. */
export interface DeviceTrust {
  readonly pem: string;
  readonly expiries: readonly Expiry[];
}

export interface TokenKeysInUse {
  readonly set: TokenKeySet;
  readonly schedule: TokenKeySchedule;
}

/** `server.crt` and `server.key`. */
export function serverCredentialSource(
  rules: CredentialRules,
  apply: (value: ServerCredentials) => void,
): CredentialSource<ServerCredentials> {
  const paths = serverPaths(rules.directory);
  return {
    name: 'server_certificate',
    files: async () => [paths.certificate, paths.key],
    async load(now) {
      await rules.keyFiles.check(paths.key);
      const loaded = await loadServerCredentials(rules.directory);
      checkServerCredentials({ ...loaded, certificate: new X509Certificate(loaded.cert) }, rules, now);
      return loaded;
    },
    digestOf: ({ key, cert }) => digestOf(key, cert),
    expiriesOf: ({ cert }) => [
      { name: 'server_certificate', at: new X509Certificate(cert).validToDate.getTime() },
    ],
    apply,
  };
}

/** As it stands, with no more checks than a start makes. @throws CodedError `credential_*` */
export async function loadTrust(directory: string): Promise<DeviceTrust> {
  return trustOf(await listAuthorities(directory));
}

function trustOf(authorities: Awaited<ReturnType<typeof listAuthorities>>): DeviceTrust {
  const trusted = authorities.filter(({ name, state }) => name !== 'server' && state !== 'revoked');
  return {
    pem: trusted.map(({ certificate }) => certificate.toString()).join(''),
    expiries: trusted
      .filter(({ state }) => state === 'current')
      .map(({ name, certificate }) => ({ name: `${name}_ca`, at: certificate.validToDate.getTime() })),
  };
}

/** Root and device authority, and former device authorities. */
export function deviceTrustSource(
  rules: CredentialRules,
  registry: Registry,
  apply: (value: DeviceTrust) => void,
): CredentialSource<DeviceTrust> {
  const { directory } = rules;
  const retired = join(directory, 'retired');
  return {
    name: 'device_trust',
    files: async () => [
      ...(['root', 'device', 'server'] as const).map((name) => authorityPaths(directory, name).certificate),
      endedCertificatesPath(directory),
      ...(await filesIn(retired, /^device-ca-[0-9a-f]{16}\.crt$/)),
    ],
    async load(now) {
      const authorities = await listAuthorities(directory);
      checkDeviceTrust(authorities, rules, registry, now);
      return trustOf(authorities);
    },
    digestOf: ({ pem }) => digestOf(pem),
    expiriesOf: ({ expiries }) => expiries,
    apply,
  };
}

/** @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid` */
export async function loadTokenKeysInUse(directory: string): Promise<TokenKeysInUse> {
  const set = await loadTokenKeySet(directory);
  return { set, schedule: tokenKeySchedule(set) };
}

/** `token-key.json`. */
export function tokenKeySourceOf(
  { directory, keyFiles }: CredentialRules,
  apply: (value: TokenKeysInUse) => void,
): CredentialSource<TokenKeysInUse> {
  return {
    name: 'token_keys',
    files: async () => [tokenKeyPath(directory)],
    async load(now) {
      await keyFiles.check(tokenKeyPath(directory));
      const loaded = await loadTokenKeysInUse(directory);
      // A set that has nothing to sign with would fail at the first sign-in.
      loaded.schedule.current(now);
      return loaded;
    },
    digestOf: ({ set }) => digestOf(JSON.stringify(set)),
    expiriesOf: () => [],
    apply,
  };
}
