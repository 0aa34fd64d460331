import type { X509Certificate } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename } from 'node:path';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import {
  type CertificateAuthority,
  createIssuingAuthority,
  createRootAuthority,
} from '../pki/certificate-authority.ts';
import { serverGeneralName } from '../pki/extension.ts';
import { type KeyAlgorithm, privateKeyToPem } from '../pki/key-pair.ts';
import { namesNotCovered } from '../pki/server-certificate.ts';
import { revocationListUrl } from './authorities.ts';
import {
  type AuthorityName,
  authorityPaths,
  loadAuthority,
  loadCertificate,
  serverPaths,
  tokenKeyPath,
} from './certificate-directory.ts';
import { makePrivateDirectory, writeCredential } from './credential-file.ts';
import { isDevelopmentCertificate, organizationOf } from './development-mark.ts';
import { issueServerCredentials, LOCAL_SERVER_NAMES } from './server-credentials.ts';
import { createTokenKey } from './token-keys.ts';

export interface CertificateSetup {
  readonly directory: string;
  /** Host names and addresses that the server goes by; null: localhost for a new certificate, and an old one will do. */
  readonly serverNames: readonly string[] | null;
  /** Encrypts the authorities' keys, and opens those that exist. */
  readonly passphrase?: string;
  /** Development certificates say so in every subject, and a server in production refuses them. */
  readonly development: boolean;
  /** Base URL of the revocation lists; null: certificates name none. */
  readonly crlUrl: string | null;
  /** Of keys made here. Default: P-256. */
  readonly keyAlgorithm?: KeyAlgorithm;
  readonly now: EpochMs;
}

/**
 * Makes what a development server needs and is not there yet, with unencrypted keys. A server certificate that has
 * ended or lacks one of the names is made anew.
 * @returns names of the files made, in `directory`.
 */
export function ensureDevelopmentCertificates(
  options: Pick<CertificateSetup, 'directory' | 'serverNames' | 'now'> &
    Partial<Pick<CertificateSetup, 'crlUrl'>>,
): Promise<{ readonly created: readonly string[] }> {
  return setUpCertificates({ crlUrl: null, ...options, development: true });
}

/**
 * Makes the authorities, the server's certificate and the token key, each only where it is missing; nothing that
 * exists is replaced (but see `ensureDevelopmentCertificates`). Can be run again after any interruption: of a pair
 * the key is written first, so a certificate on disk always has its key.
 * @returns names of the files made, in `directory`.
 * @throws CodedError `development_keys_mixed`, `root_missing`, `credential_*`, `passphrase_*`,
 *   `invalid_server_name`, `server_certificate_differs`
 */
export async function setUpCertificates(
  setup: CertificateSetup,
): Promise<{ readonly created: readonly string[] }> {
  // Before anything is made: a wrong name is no reason to leave half of a directory behind.
  setup.serverNames?.forEach(serverGeneralName);
  await makePrivateDirectory(setup.directory);
  const created: string[] = [];
  const root = await ensureRoot(setup, created);
  await ensureIssuing(setup, root, 'device', created);
  const server = await ensureIssuing(setup, root, 'server', created);
  await ensureServer(setup, server, created);
  await ensureTokenKey(setup.directory, created);
  return { created };
}

async function ensureRoot(setup: CertificateSetup, created: string[]): Promise<X509Certificate> {
  const { directory, development } = setup;
  const path = authorityPaths(directory, 'root').certificate;
  if (await exists(path)) {
    const root = await loadCertificate(path, directory);
    if (isDevelopmentCertificate(root.toString()) === development) return root;
    throw new CodedError(
      'development_keys_mixed',
      development
        ? `${directory} holds production certificates: use another directory for development`
        : `${directory} holds DEVELOPMENT certificates: use another directory, or remove this one's first`,
    );
  }
  for (const name of ['device', 'server'] as const) {
    const below = authorityPaths(directory, name).certificate;
    if (await exists(below)) {
      throw new CodedError(
        'root_missing',
        `${path} does not exist, but ${below} does: restore the root, or remove all of ${directory}`,
      );
    }
  }
  const organization = organizationOf(development);
  const root = createRootAuthority(
    { organization, commonName: `${organization} Root CA` },
    setup.now,
    setup.keyAlgorithm,
  );
  await writeAuthority(setup, 'root', root, created);
  return root.certificate;
}

async function ensureIssuing(
  setup: CertificateSetup,
  root: X509Certificate,
  name: 'device' | 'server',
  created: string[],
): Promise<X509Certificate> {
  const { directory, passphrase } = setup;
  const path = authorityPaths(directory, name).certificate;
  if (await exists(path)) {
    const found = await loadCertificate(path, directory);
    if (found.checkIssued(root) && found.verify(root.publicKey)) return found;
    throw new CodedError(
      'credential_invalid',
      `${path} was not issued by the root beside it: restore the pair, or remove all of ${directory}`,
    );
  }
  const organization = organizationOf(setup.development);
  const title = name === 'device' ? 'Device' : 'Server';
  const authority = createIssuingAuthority(await loadAuthority(directory, 'root', passphrase), {
    subject: { organization, commonName: `${organization} ${title} CA` },
    purpose: name === 'device' ? 'clientAuth' : 'serverAuth',
    crlUrl: setup.crlUrl && revocationListUrl(setup.crlUrl, root),
    ...(setup.keyAlgorithm === undefined ? {} : { keyAlgorithm: setup.keyAlgorithm }),
    now: setup.now,
  });
  await writeAuthority(setup, name, authority, created);
  return authority.certificate;
}

async function ensureServer(
  setup: CertificateSetup,
  authority: X509Certificate,
  created: string[],
): Promise<void> {
  const { directory, serverNames, now, development } = setup;
  const paths = serverPaths(directory);
  if ((await exists(paths.certificate)) && (await exists(paths.key))) {
    const found = await loadCertificate(paths.certificate, directory);
    const fault = faultOf(found, authority, serverNames ?? [], now);
    if (fault === null) return;
    if (!development) {
      throw new CodedError(
        'server_certificate_differs',
        `${paths.certificate} ${fault}: remove it and run this again to make a new one`,
      );
    }
  }
  await issueServerCredentials({ ...setup, names: serverNames ?? LOCAL_SERVER_NAMES });
  created.push(basename(paths.key), basename(paths.certificate));
}

/** What is wrong with a server certificate that exists, as the end of a sentence; null when it will do. */
function faultOf(
  certificate: X509Certificate,
  authority: X509Certificate,
  names: readonly string[],
  now: EpochMs,
): string | null {
  if (certificate.validToDate.getTime() <= now) return `ended ${certificate.validToDate.toISOString()}`;
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) {
    return 'was not issued by the server authority beside it';
  }
  const missing = namesNotCovered(certificate, names);
  return missing.length === 0 ? null : `does not hold for ${missing.join(', ')}`;
}

async function ensureTokenKey(directory: string, created: string[]): Promise<void> {
  const path = tokenKeyPath(directory);
  if (await exists(path)) return;
  await writeCredential(path, await createTokenKey(), 'private');
  created.push(basename(path));
}

async function writeAuthority(
  setup: CertificateSetup,
  name: AuthorityName,
  authority: CertificateAuthority,
  created: string[],
): Promise<void> {
  const paths = authorityPaths(setup.directory, name);
  await writeCredential(paths.key, privateKeyToPem(authority.privateKey, setup.passphrase), 'private');
  await writeCredential(paths.certificate, authority.certificate.toString(), 'public');
  created.push(basename(paths.key), basename(paths.certificate));
}

async function exists(path: string): Promise<boolean> {
  try {
    await fs.access(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
