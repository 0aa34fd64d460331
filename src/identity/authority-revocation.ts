import type { X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { authorityKeyOf, commonNameOf } from '../pki/certificate.ts';
import type { Registry } from '../registry/registry.ts';
import { authorityPaths, loadCertificate } from './certificate-directory.ts';
import { endCertificateOf } from './ended-certificates.ts';

/**
 * Ends an issuing authority whose key may be in wrong hands: first every device certificate of it in the registry, so
 * that open connections go within a second, then the authority itself, for the root's next revocation list. No key is
 * needed. Doing it again changes nothing.
 * @returns how many device certificates that were still good have ended
 * @throws CodedError `credential_*`
 */
export async function revokeAuthority(request: {
  /** The certificates directory. */
  readonly directory: string;
  readonly registry: Registry;
  readonly authority: X509Certificate;
  readonly now: EpochMs;
}): Promise<number> {
  const { directory, registry, authority, now } = request;
  const root = await loadCertificate(authorityPaths(directory, 'root').certificate, directory);
  const key = authorityKeyOf(authority);
  const good = registry
    .devices()
    .flatMap(({ id }) => registry.certificatesOf(id))
    .filter((certificate) => certificate.ended === null && certificate.authority === key);
  await registry.endCertificatesOf(key, 'cACompromise', now);
  await endCertificateOf(directory, {
    authority: authorityKeyOf(root),
    serial: authority.serialNumber,
    at: now,
    reason: 'cACompromise',
    subject: commonNameOf(authority),
  });
  return good.length;
}
