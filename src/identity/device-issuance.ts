import type { KeyObject, X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { DeviceId } from '../model/ids.ts';
import type { DeviceCertificate } from '../model/people.ts';
import { authorityKeyOf } from '../pki/certificate.ts';
import type { CertificateAuthority } from '../pki/certificate-authority.ts';
import type { CertificateRequest } from '../pki/certificate-request.ts';
import { issueDeviceCertificate } from '../pki/device-certificate.ts';
import { revocationListUrl } from './authorities.ts';
import { authorityPaths, loadAuthority, loadCertificate } from './certificate-directory.ts';
import { organizationBelow } from './development-mark.ts';
import { keyThumbprintOf, thumbprintOf } from './device-identity.ts';
import { loadEndedCertificates } from './ended-certificates.ts';

/** The device authority with its key open, and what stands in all that it issues. */
export interface DeviceIssuer {
  readonly authority: CertificateAuthority;
  readonly root: X509Certificate;
  /** Where the authority's revocation list is published; null: nowhere. */
  readonly crlUrl: string | null;
}

/** A certificate for a device, as it goes out and as the registry is to have it. */
export interface IssuedCertificate {
  readonly issued: X509Certificate;
  readonly certificate: DeviceCertificate;
}

/**
 * Opens the device authority of a certificates directory.
 * @param options.crlUrl base URL of the revocation lists; null: certificates name none.
 * @throws CodedError `credential_*`, `passphrase_*`, `authority_revoked`
 */
export async function openDeviceIssuer(
  directory: string,
  options: { readonly passphrase?: string; readonly crlUrl: string | null },
): Promise<DeviceIssuer> {
  const authority = await loadAuthority(directory, 'device', options.passphrase);
  await refuseIfRevoked(directory, authority);
  const root = await loadCertificate(authorityPaths(directory, 'root').certificate, directory);
  const { crlUrl } = options;
  return { authority, root, crlUrl: crlUrl && revocationListUrl(crlUrl, authority.certificate) };
}

async function refuseIfRevoked(directory: string, { certificate }: CertificateAuthority): Promise<void> {
  const ended = await loadEndedCertificates(directory);
  if (!ended.some(({ serial }) => serial === certificate.serialNumber)) return;
  throw new CodedError(
    'authority_revoked',
    'the device authority is revoked: make another with "npm run ca -- rotate device"',
  );
}

/** Issues a certificate for a device; registering it is the caller's. @throws CodedError `issuer_expired` */
export function issueFor(
  { authority, crlUrl }: DeviceIssuer,
  request: {
    readonly device: DeviceId;
    readonly publicKey: KeyObject;
    readonly validityDays: number;
    readonly status: 'pending' | 'active';
    /** Thumbprint of the certificate that was shown for it; null: an admin issues it. */
    readonly follows: string | null;
    readonly now: EpochMs;
  },
): IssuedCertificate {
  const { device, publicKey, validityDays, status, follows, now } = request;
  const issued = issueDeviceCertificate(authority, {
    device,
    organization: organizationBelow(authority),
    publicKey,
    crlUrl,
    validityDays,
    now,
  });
  const certificate: DeviceCertificate = {
    thumbprint: thumbprintOf(issued.raw),
    serial: issued.serialNumber,
    device,
    authority: authorityKeyOf(authority.certificate),
    key_thumbprint: keyThumbprintOf(issued.publicKey),
    follows,
    not_before: issued.validFromDate.getTime(),
    not_after: issued.validToDate.getTime(),
    status,
    ended: null,
  };
  return { issued, certificate };
}

/** A request may name the device it is for, or nobody. @throws CodedError `request_names_another` */
export function checkRequestIsFor(device: DeviceId, request: CertificateRequest): void {
  const other = request.deviceNames.find((name) => name !== device);
  if (other === undefined) return;
  throw new CodedError(
    'request_names_another',
    `the certificate request names ${JSON.stringify(other.slice(0, 64))}, not device "${device}": make it for ${device}`,
  );
}
