import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { CodedError } from '../core/coded-error.ts';
import type { DeviceId } from '../model/ids.ts';
import type { CertificateAuthority } from '../pki/certificate-authority.ts';
import { privateKeyFromPem } from '../pki/key-pair.ts';
import { readCredential } from './credential-file.ts';
import { tokenKeySchedule } from './token-key-schedule.ts';
import { parseTokenKeySet, type TokenKeySet } from './token-key-set.ts';
import type { TokenKeySchedule } from './token-keys.ts';

/** The authorities of one installation: the root, and below it one for devices and one for the server. */
export type AuthorityName = 'root' | 'device' | 'server';

interface PairPaths {
  readonly certificate: string;
  readonly key: string;
}

/** Where an authority's certificate and key stand. */
export function authorityPaths(directory: string, name: AuthorityName): PairPaths {
  return { certificate: join(directory, `${name}-ca.crt`), key: join(directory, `${name}-ca.key`) };
}

/** Where the server's certificate (leaf, then its authority) and key stand. */
export function serverPaths(directory: string): PairPaths {
  return { certificate: join(directory, 'server.crt'), key: join(directory, 'server.key') };
}

/** Where the keys that sign and verify tokens stand: a key set, or a single private JWK. */
export function tokenKeyPath(directory: string): string {
  return join(directory, 'token-key.json');
}

/** What one device needs, in a directory of its own that can be handed over whole. */
export interface DevicePaths extends PairPaths {
  readonly directory: string;
  /** What the device trusts: the root. */
  readonly authority: string;
  /** Key and certificates in one file under a password (PKCS#12), where that was asked for. */
  readonly bundle: string;
}

/** Where a device's certificate (leaf, then its authority), key and trust stand. */
export function devicePaths(directory: string, device: DeviceId): DevicePaths {
  const own = join(directory, 'devices', device);
  return {
    directory: own,
    certificate: join(own, 'device.crt'),
    key: join(own, 'device.key'),
    authority: join(own, 'ca.crt'),
    bundle: join(own, 'device.p12'),
  };
}

/** The command that makes the files of `directory`, for error messages. */
export function initCommand(directory: string): string {
  return `"npm run ca -- init --certs ${directory}"`;
}

/**
 * Reads a certificate file; of a chain, the first.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
 */
export async function loadCertificate(path: string, directory: string): Promise<X509Certificate> {
  const pem = await readCredential(path, `make it with ${initCommand(directory)}`);
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw invalid(path, 'is not a certificate in PEM', cause);
  }
}

/**
 * Loads an authority that is to sign.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`, `passphrase_required`,
 *   `passphrase_wrong`
 */
export async function loadAuthority(
  directory: string,
  name: AuthorityName,
  passphrase?: string,
): Promise<CertificateAuthority> {
  return loadAuthorityAt(authorityPaths(directory, name), directory, passphrase);
}

/** As `loadAuthority`, from a pair of files that may be a former authority's. */
export async function loadAuthorityAt(
  paths: PairPaths,
  directory: string,
  passphrase?: string,
): Promise<CertificateAuthority> {
  const certificate = await loadCertificate(paths.certificate, directory);
  const pem = await readCredential(paths.key, 'bring it back from where it is kept offline');
  const privateKey = parseKey(paths.key, pem, passphrase);
  if (!certificate.checkPrivateKey(privateKey)) throw notAPair(paths);
  return { certificate, privateKey };
}

/**
 * The server's own key and certificate chain, for the `key` and `cert` options of TLS.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
 */
export async function loadServerCredentials(
  directory: string,
): Promise<{ readonly key: string; readonly cert: string }> {
  const paths = serverPaths(directory);
  const certificate = await loadCertificate(paths.certificate, directory);
  const cure = `make it with ${initCommand(directory)}`;
  const [cert, key] = await Promise.all([
    readCredential(paths.certificate, cure),
    readCredential(paths.key, cure),
  ]);
  if (!certificate.checkPrivateKey(parseKey(paths.key, key))) throw notAPair(paths);
  return { key, cert };
}

/**
 * The keys that sign and verify tokens, now and after each change that the file foresees.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
 */
export async function loadTokenKeys(directory: string): Promise<TokenKeySchedule> {
  return tokenKeySchedule(await loadTokenKeySet(directory));
}

/**
 * The token keys as they stand in their file.
 * @throws CodedError `credential_missing`, `credential_unreadable`, `credential_invalid`
 */
export async function loadTokenKeySet(directory: string): Promise<TokenKeySet> {
  const path = tokenKeyPath(directory);
  const text = await readCredential(path, `make it with ${initCommand(directory)}`);
  try {
    return await parseTokenKeySet(text);
  } catch (cause) {
    throw invalid(path, 'does not hold P-256 token keys in JWK form', cause);
  }
}

function parseKey(path: string, pem: string, passphrase?: string): ReturnType<typeof privateKeyFromPem> {
  try {
    return privateKeyFromPem(pem, passphrase);
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    switch (cause.code) {
      case 'passphrase_required':
        throw new CodedError(
          cause.code,
          `${path} is encrypted: give its passphrase with VITALWIRE_CA_PASSPHRASE_FILE or VITALWIRE_CA_PASSPHRASE, a command's also with --passphrase-file`,
          { cause },
        );
      case 'passphrase_wrong':
        throw new CodedError(
          cause.code,
          `the passphrase does not open ${path}: give the one it was made with`,
          {
            cause,
          },
        );
      default:
        throw invalid(path, 'is not a private key in PEM', cause);
    }
  }
}

function invalid(path: string, what: string, cause?: unknown): CodedError {
  return new CodedError(
    'credential_invalid',
    `${path} ${what}: restore it from a backup, or remove it and make it anew`,
    { cause },
  );
}

function notAPair(paths: PairPaths): CodedError {
  return new CodedError(
    'credential_invalid',
    `${paths.key} is not the key of ${paths.certificate}: restore the pair from a backup, or remove both and make them anew`,
  );
}
