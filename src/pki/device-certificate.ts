import type { KeyObject, X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { backdated, claimsAuthority, issueCertificate } from './certificate.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import {
  basicConstraints,
  crlDistributionPoints,
  extendedKeyUsage,
  KEY_PURPOSES,
  keyUsage,
  subjectAltName,
} from './extension.ts';

/** How long a device certificate holds unless said otherwise. Days. */
export const DEVICE_CERTIFICATE_DAYS = 90;

/** What stands before a device's id in its alternative name. */
export const DEVICE_URN_PREFIX = 'urn:vitalwire:device:';
// Node shows a name with a NUL, a comma or a quote as a JSON string: such a name, or a second one, does not match.
const soleDeviceName = /^URI:urn:vitalwire:device:([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;

/**
 * The certificate of one device: clientAuth only, its id in `URI:urn:vitalwire:device:<id>` and nowhere else that
 * counts. `device` is a checked id.
 * @throws CodedError `issuer_expired`, `key_unsupported`, `invalid_crl_url`
 */
export function issueDeviceCertificate(
  authority: CertificateAuthority,
  request: {
    readonly device: string;
    readonly organization: string;
    readonly publicKey: KeyObject;
    /** Where the authority's revocation list is to be had; null: nowhere. */
    readonly crlUrl: string | null;
    readonly validityDays: number;
    readonly now: EpochMs;
  },
): X509Certificate {
  return issueCertificate(
    {
      subject: { organization: request.organization, commonName: request.device },
      publicKey: request.publicKey,
      notBefore: backdated(request.now),
      notAfter: request.now + request.validityDays * 86_400_000,
      extensions: [
        basicConstraints(null),
        keyUsage('digitalSignature'),
        extendedKeyUsage('clientAuth'),
        subjectAltName({ kind: 'uri', uri: `${DEVICE_URN_PREFIX}${request.device}` }),
        ...crlDistributionPoints(request.crlUrl),
      ],
    },
    authority,
  );
}

/** The device a certificate names; null unless its one and only alternative name is a device URN. */
export function deviceNamedBy(certificate: X509Certificate): string | null {
  return soleDeviceName.exec(certificate.subjectAltName ?? '')?.[1] ?? null;
}

/**
 * Whether a certificate is an end entity's that may be used as a TLS client's, and for nothing else.
 * @throws Error when its extensions are not DER.
 */
export function isClientOnly(certificate: X509Certificate): boolean {
  const purposes = certificate.keyUsage;
  return !claimsAuthority(certificate) && purposes?.length === 1 && purposes[0] === KEY_PURPOSES.clientAuth;
}
