import type { KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { EpochMs } from '../core/clock.ts';
import { backdated, issueCertificate } from './certificate.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import {
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  serverGeneralName,
  subjectAltName,
} from './extension.ts';

/** How long a server certificate holds. Days: the most that clients accept of a public one. */
export const SERVER_CERTIFICATE_DAYS = 397;

/**
 * The server's own certificate: serverAuth only, every name it goes by as DNS or IP alternative name.
 * @throws CodedError `invalid_server_name`, `invalid_crl_url`, `issuer_expired`, `key_unsupported`
 */
export function issueServerCertificate(
  authority: CertificateAuthority,
  request: {
    /** Host names and IP addresses; at least one. */
    readonly names: readonly string[];
    readonly organization: string;
    readonly publicKey: KeyObject;
    /** Where the authority's revocation list is to be had; null: nowhere. */
    readonly crlUrl: string | null;
    /** Default: `SERVER_CERTIFICATE_DAYS`. */
    readonly validityDays?: number;
    readonly now: EpochMs;
  },
): X509Certificate {
  return issueCertificate(
    {
      subject: { organization: request.organization, commonName: 'Vitalwire server' },
      publicKey: request.publicKey,
      notBefore: backdated(request.now),
      notAfter: request.now + (request.validityDays ?? SERVER_CERTIFICATE_DAYS) * 86_400_000,
      extensions: [
        basicConstraints(null),
        keyUsage('digitalSignature'),
        extendedKeyUsage('serverAuth'),
        subjectAltName(...request.names.map(serverGeneralName)),
        ...crlDistributionPoints(request.crlUrl),
      ],
    },
    authority,
  );
}

/** Those of `names` that a client would not accept from this certificate (RFC 6125). */
export function namesNotCovered(certificate: X509Certificate, names: readonly string[]): readonly string[] {
  return names.filter((name) =>
    isIP(name) === 0 ? certificate.checkHost(name) === undefined : certificate.checkIP(name) === undefined,
  );
}
