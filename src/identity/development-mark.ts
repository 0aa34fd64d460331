import { X509Certificate } from 'node:crypto';
import type { CertificateAuthority } from '../pki/certificate-authority.ts';

const MARK = 'DEVELOPMENT';

/** The organization in the subjects of an installation's certificates. */
export function organizationOf(development: boolean): string {
  return development ? `Vitalwire ${MARK}` : 'Vitalwire';
}

/** The organization of what `authority` issues: its certificates stay recognisable as development ones. */
export function organizationBelow(authority: CertificateAuthority): string {
  return organizationOf(isDevelopmentCertificate(authority.certificate.toString()));
}

/**
 * Whether a certificate comes from development authorities, by its issuer's name (a root is its own issuer). For the
 * server to refuse them in production (`development_keys_in_production`).
 * @param pem one certificate, or a chain with the leaf first.
 */
export function isDevelopmentCertificate(pem: string): boolean {
  return new X509Certificate(pem).issuer.includes(MARK);
}
