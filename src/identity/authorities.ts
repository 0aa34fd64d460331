import type { X509Certificate } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../core/coded-error.ts';
import { authorityKeyOf } from '../pki/certificate.ts';
import type { CertificateAuthority } from '../pki/certificate-authority.ts';
import {
  type AuthorityName,
  authorityPaths,
  loadAuthorityAt,
  loadCertificate,
} from './certificate-directory.ts';
import { loadEndedCertificates } from './ended-certificates.ts';

/** `retired`: another took its place; what it issued goes on until it ends. `revoked`: nothing of it is trusted. */
export type AuthorityState = 'current' | 'retired' | 'revoked';

export interface KnownAuthority {
  readonly name: AuthorityName;
  readonly state: AuthorityState;
  readonly certificate: X509Certificate;
  /** Where its certificate and its private key stand; the key need not be there. */
  readonly paths: { readonly certificate: string; readonly key: string };
  /** Sixteen hex digits of its key identifier: names its files and its revocation list. */
  readonly keyId: string;
}

const NAMES: readonly AuthorityName[] = ['root', 'device', 'server'];
const RETIRED_FILE = /^(device|server)-ca-[0-9a-f]{16}\.crt$/;

/** The first 16 hex digits of an authority's subject key identifier. */
export function keyIdOf(authority: X509Certificate): string {
  return authorityKeyOf(authority).slice(0, 16);
}

/** Where the pair of an authority goes when another takes its place. */
export function retiredPaths(directory: string, name: AuthorityName, authority: X509Certificate) {
  const stem = join(directory, 'retired', `${name}-ca-${keyIdOf(authority)}`);
  return { certificate: `${stem}.crt`, key: `${stem}.key` };
}

/** Where the revocation list of an authority is published, below the base URL that certificates name. */
export function revocationListUrl(base: string, authority: X509Certificate): string {
  return `${base}/${keyIdOf(authority)}.crl`;
}

/**
 * Every authority of an installation, the current ones first.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
 */
export async function listAuthorities(directory: string): Promise<readonly KnownAuthority[]> {
  const ended = new Set((await loadEndedCertificates(directory)).map(({ serial }) => serial));
  const known: KnownAuthority[] = [];
  for (const name of NAMES) {
    known.push(await describe(name, 'current', authorityPaths(directory, name), directory, ended));
  }
  for (const file of await retiredFiles(directory)) {
    const certificate = join(directory, 'retired', file);
    const paths = { certificate, key: certificate.replace(/crt$/, 'key') };
    const name = file.startsWith('device') ? 'device' : 'server';
    known.push(await describe(name, 'retired', paths, directory, ended));
  }
  return known;
}

async function describe(
  name: AuthorityName,
  state: 'current' | 'retired',
  paths: KnownAuthority['paths'],
  directory: string,
  ended: ReadonlySet<string>,
): Promise<KnownAuthority> {
  const certificate = await loadCertificate(paths.certificate, directory);
  const revoked = ended.has(certificate.serialNumber);
  return { name, state: revoked ? 'revoked' : state, certificate, paths, keyId: keyIdOf(certificate) };
}

async function retiredFiles(directory: string): Promise<readonly string[]> {
  try {
    return (await fs.readdir(join(directory, 'retired'))).filter((file) => RETIRED_FILE.test(file)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Opens a known authority's key, to sign with.
 * @returns null when the key is not there: kept offline.
 * @throws CodedError `credential_*`, `passphrase_*`
 */
export async function openAuthority(
  { paths }: KnownAuthority,
  directory: string,
  passphrase?: string,
): Promise<CertificateAuthority | null> {
  try {
    return await loadAuthorityAt(paths, directory, passphrase);
  } catch (error) {
    if (codeOf(error) === 'credential_missing') return null;
    throw error;
  }
}

/**
 * What the device listener trusts, for the `ca` option of TLS, in PEM: the root, the device authority, and former ones
 * whose certificates may still be in use. A client certificate of the server authority fails in the handshake by that
 * authority's extended key usage. The device authority cannot be the only anchor: Node's tls.Server drops
 * `allowPartialTrustChain`. What the root itself issued passes the handshake, and is turned away because the registry
 * does not know it.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
 */
export async function loadDeviceTrust(directory: string): Promise<string> {
  return (await deviceAuthorities(directory)).map((certificate) => certificate.toString()).join('');
}

/** The certificates of `loadDeviceTrust`, in its order. */
export async function deviceAuthorities(directory: string): Promise<readonly X509Certificate[]> {
  return (await listAuthorities(directory))
    .filter(({ name, state }) => name !== 'server' && state !== 'revoked')
    .map(({ certificate }) => certificate);
}
