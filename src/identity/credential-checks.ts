import type { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { authorityKeyOf } from '../pki/certificate.ts';
import { KEY_PURPOSES } from '../pki/extension.ts';
import { namesNotCovered } from '../pki/server-certificate.ts';
import type { Registry } from '../registry/registry.ts';
import type { KnownAuthority } from './authorities.ts';
import { authorityPaths, serverPaths } from './certificate-directory.ts';
import { isDevelopmentCertificate } from './development-mark.ts';
import type { KeyFileGuard } from './key-files.ts';

/** What holds for everything that is taken while the server runs. */
export interface CredentialRules {
  /** The certificates directory. */
  readonly directory: string;
  /** Development certificates are refused. */
  readonly production: boolean;
  /** Names the server certificate must hold; null: whichever it has. */
  readonly serverNames: readonly string[] | null;
  /** Looks at the modes of key files. */
  readonly keyFiles: KeyFileGuard;
}

/**
 * Whether a pair may become the server's own.
 * @throws CodedError `credential_invalid`, `credential_not_in_time`, `credential_wrong_purpose`,
 *   `server_name_missing`, `development_keys_in_production`
 */
export function checkServerCredentials(
  { key, cert, certificate }: { key: string; cert: string; certificate: X509Certificate },
  rules: CredentialRules,
  now: EpochMs,
): void {
  const path = serverPaths(rules.directory).certificate;
  checkTime(path, certificate, now);
  // Node calls the extended key usage `keyUsage`; without that extension a certificate is for every purpose.
  const purposes = certificate.keyUsage as readonly string[] | undefined;
  if (certificate.ca || (purposes && !purposes.includes(KEY_PURPOSES.serverAuth))) {
    throw new CodedError(
      'credential_wrong_purpose',
      `${path} is not a certificate for a server: it must be an end entity for serverAuth`,
    );
  }
  const missing = namesNotCovered(certificate, rules.serverNames ?? []);
  if (missing.length > 0) {
    throw new CodedError(
      'server_name_missing',
      `${path} does not hold for ${missing.join(', ')}: make it with all names of VITALWIRE_SERVER_NAMES`,
    );
  }
  checkMark(path, certificate, rules);
  try {
    createSecureContext({ key, cert, minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw new CodedError('credential_invalid', `${path} and its key are not what TLS takes: make both anew`, {
      cause,
    });
  }
}

/**
 * Whether a bundle may become what device certificates must chain to. `authorities`: every one there is.
 * @throws CodedError `credential_invalid`, `credential_not_in_time`, `authority_missing`,
 *   `development_keys_in_production`
 */
export function checkDeviceTrust(
  authorities: readonly KnownAuthority[],
  rules: CredentialRules,
  registry: Registry,
  now: EpochMs,
): void {
  const root = authorities.find(({ name }) => name === 'root')?.certificate;
  const path = authorityPaths(rules.directory, 'root').certificate;
  if (root === undefined) throw new CodedError('credential_missing', `${path} does not exist`);
  for (const { name, state, certificate, paths } of authorities) {
    if (name === 'server' || state === 'revoked') continue;
    if (!certificate.ca)
      throw new CodedError('credential_invalid', `${paths.certificate} is not an authority's certificate`);
    if (!certificate.checkIssued(root) || !certificate.verify(root.publicKey)) {
      throw new CodedError(
        'credential_invalid',
        `${paths.certificate} was not issued by the root beside it: bring back the one that was`,
      );
    }
    // A former authority may end; what it issued has ended by then.
    if (state === 'current') checkTime(paths.certificate, certificate, now);
    checkMark(paths.certificate, certificate, rules);
  }
  checkNoneMissing(authorities, registry, now);
}

/** A bundle from before a rotation would lock out everything that was issued since. */
function checkNoneMissing(authorities: readonly KnownAuthority[], registry: Registry, now: EpochMs): void {
  const known = new Set(authorities.map(({ certificate }) => authorityKeyOf(certificate)));
  for (const { id, status } of registry.devices()) {
    if (status === 'revoked') continue;
    for (const certificate of registry.certificatesOf(id)) {
      const holds =
        (certificate.status === 'active' || certificate.status === 'pending') && certificate.not_after > now;
      // Empty: from before the authority was written down.
      if (!holds || certificate.authority === '' || known.has(certificate.authority)) continue;
      throw new CodedError(
        'authority_missing',
        `the authority ${certificate.authority.slice(0, 16)}, whose certificates devices hold, is not among the authorities: bring its certificate back`,
      );
    }
  }
}

function checkTime(path: string, certificate: X509Certificate, now: EpochMs): void {
  const { validFromDate: from, validToDate: to } = certificate;
  if (now >= from.getTime() && now < to.getTime()) return;
  throw new CodedError(
    'credential_not_in_time',
    `${path} holds from ${from.toISOString()} to ${to.toISOString()}, which is not now: make another, or set the clock`,
  );
}

function checkMark(path: string, certificate: X509Certificate, { production }: CredentialRules): void {
  if (!production || !isDevelopmentCertificate(certificate.toString())) return;
  throw new CodedError(
    'development_keys_in_production',
    `${path} is a development certificate, which production refuses: make a real one with \`npm run ca -- init\` in an empty directory`,
  );
}
