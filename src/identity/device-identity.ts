import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import type { Device, DeviceCertificate } from '../model/people.ts';
import { deviceNamedBy, isClientOnly } from '../pki/device-certificate.ts';
import type { Registry } from '../registry/registry.ts';
import { IdentityError } from './identity-error.ts';
import { lateRenewalAllowed } from './late-renewal.ts';

export interface IdentifiedDevice {
  readonly device: Device;
  readonly certificate: DeviceCertificate;
  /** Unpadded base64url SHA-256 of the certificate's DER: `x5t#S256` (RFC 8705). */
  readonly thumbprint: string;
}

/** Unpadded base64url SHA-256 of a certificate's DER: `x5t#S256` (RFC 8705 section 3.1). */
export function thumbprintOf(der: Buffer): string {
  return createHash('sha256').update(der).digest('base64url');
}

/** Unpadded base64url SHA-256 of a public key's SubjectPublicKeyInfo in DER: what tells a key from every other. */
export function keyThumbprintOf(publicKey: KeyObject): string {
  return thumbprintOf(publicKey.export({ format: 'der', type: 'spki' }));
}

/** What a certificate says of itself, for good. */
interface PresentedCertificate {
  readonly named: string | null;
  readonly clientOnly: boolean;
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * What was read in certificates that identified their devices, by the registry's entry, which is found by the digest of
 * all bytes: the same bytes say the same the next time. What changes with time is asked each time all the same.
 */
export type ReadCertificates = WeakMap<DeviceCertificate, PresentedCertificate>;

/**
 * Which device presents `peer`, by the certificate itself and the registry, never by what TLS concluded: a resumed
 * session skips the checks of the handshake. The issuer needs none here: the only certificates in the registry are
 * those that enrolment issued, found by the digest of all their bytes.
 *
 * @param peer a certificate, or what `getPeerCertificate()` returned.
 * @param read spares reading again what was read before
 * @throws IdentityError `certificate_*`, `device_suspended`, `device_revoked`
 */
export function identifyDevice(
  registry: Registry,
  peer: { readonly raw: Buffer },
  now: EpochMs,
  read: ReadCertificates = new WeakMap(),
): IdentifiedDevice {
  return identify(registry, peer, read, () => now);
}

/**
 * As `identifyDevice`, for a renewal alone: where an admin has allowed it, a certificate that has expired is taken as
 * it was at its end.
 * @throws IdentityError as `identifyDevice`
 */
export function identifyForRenewal(
  registry: Registry,
  peer: { readonly raw: Buffer },
  now: EpochMs,
  read: ReadCertificates = new WeakMap(),
): IdentifiedDevice {
  return identify(registry, peer, read, (thumbprint, to) =>
    lateRenewalAllowed(registry, thumbprint, now) ? Math.min(now, to) : now,
  );
}

function identify(
  registry: Registry,
  { raw }: { readonly raw: Buffer },
  read: ReadCertificates,
  judgedAt: (thumbprint: string, to: EpochMs) => EpochMs,
): IdentifiedDevice {
  // Node's getPeerCertificate() gives an empty object where there is no certificate.
  if (!Buffer.isBuffer(raw))
    throw new IdentityError('certificate_malformed', 'no client certificate was presented');
  const thumbprint = thumbprintOf(raw);
  const registered = registry.certificate(thumbprint);
  const presented = (registered && read.get(registered)) ?? readCertificate(raw);
  const { named, clientOnly, from, to } = presented;
  if (named === null) {
    throw new IdentityError(
      'certificate_malformed',
      'the only subject alternative name must be URI:urn:vitalwire:device:<id>',
    );
  }
  if (!clientOnly) {
    throw new IdentityError(
      'certificate_wrong_usage',
      'the certificate must be an end entity for clientAuth only',
    );
  }
  const now = judgedAt(thumbprint, to);
  checkValidity(from, to, now);
  const identified = admitDevice(registry, thumbprint, now);
  if (identified.device.id !== named) {
    throw new IdentityError(
      'certificate_malformed',
      `the certificate names device "${named}", the registry has it for "${identified.device.id}"`,
    );
  }
  read.set(identified.certificate, presented);
  return identified;
}

/**
 * Whether a certificate that was identified before still admits its device: three look-ups in memory, for the sweep
 * over open sockets.
 * @throws IdentityError `certificate_unknown`, `certificate_superseded`, `certificate_revoked`,
 *   `certificate_not_yet_valid`, `certificate_expired`, `device_suspended`, `device_revoked`
 */
export function admitDevice(registry: Registry, thumbprint: string, now: EpochMs): IdentifiedDevice {
  const certificate = registry.certificate(thumbprint);
  const device = certificate && registry.device(certificate.device);
  if (certificate === undefined || device === undefined) {
    throw new IdentityError('certificate_unknown', 'the certificate is not registered');
  }
  if (device.status === 'revoked') {
    throw new IdentityError('device_revoked', `device "${device.id}" is revoked`);
  }
  switch (certificate.status) {
    case 'superseded':
      throw new IdentityError(
        'certificate_superseded',
        `a newer certificate of device "${device.id}" took its place`,
      );
    case 'revoked':
      throw new IdentityError('certificate_revoked', `the certificate of device "${device.id}" is revoked`);
    case 'pending':
    case 'active':
      checkValidity(certificate.not_before, certificate.not_after, now);
  }
  if (device.status === 'suspended') {
    throw new IdentityError('device_suspended', `device "${device.id}" is suspended`);
  }
  return { device, certificate, thumbprint };
}

function readCertificate(der: Buffer): PresentedCertificate {
  try {
    const certificate = new X509Certificate(der);
    const [from, to] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
    return { named: deviceNamedBy(certificate), clientOnly: isClientOnly(certificate), from, to };
  } catch (cause) {
    throw new IdentityError('certificate_malformed', 'the client certificate cannot be read', { cause });
  }
}

function checkValidity(from: EpochMs, to: EpochMs, now: EpochMs): void {
  if (now < from) {
    throw new IdentityError(
      'certificate_not_yet_valid',
      `the certificate holds from ${new Date(from).toISOString()}`,
    );
  }
  if (now > to) {
    throw new IdentityError('certificate_expired', `the certificate ended ${new Date(to).toISOString()}`);
  }
}
