import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Device, DeviceCertificate } from '../model/people.ts';
import { chainPem } from '../pki/certificate.ts';
import { DEVICE_CERTIFICATE_DAYS, issueDeviceCertificate } from '../pki/device-certificate.ts';
import { generateKeyPair, privateKeyToPem } from '../pki/key-pair.ts';
import type { Registry } from '../registry/registry.ts';
import {
  authorityPaths,
  type DevicePaths,
  devicePaths,
  loadAuthority,
  loadCertificate,
} from './certificate-directory.ts';
import { organizationBelow } from './certificate-setup.ts';
import { stageDeviceFiles } from './device-files.ts';
import { thumbprintOf } from './device-identity.ts';

export interface EnrolmentRequest {
  readonly registry: Registry;
  /** The certificates directory. */
  readonly directory: string;
  /** Opens the device authority's key, where that is encrypted. */
  readonly passphrase?: string;
  readonly device: DeviceId;
  /** Of a new device; one that is registered keeps its own. */
  readonly description: string;
  /** How often the device sends; null: learned from its samples. Milliseconds. Of a new device only. */
  readonly intervalMs: number | null;
  readonly validityDays?: number;
  /** A new certificate for a device that has one: the former ones are superseded. */
  readonly replace?: boolean;
  readonly now: EpochMs;
}

export interface Enrolment {
  readonly device: Device;
  readonly certificate: DeviceCertificate;
  /** What the device is to be given. */
  readonly files: DevicePaths;
}

/**
 * Makes key and certificate of a device, registers both device and certificate, and leaves the files in the
 * certificates directory. The key appears in its place only after the certificate is registered, so that whatever
 * interrupts this, no certificate is in use that the registry cannot revoke; running it again completes it.
 *
 * @throws CodedError `already_exists` when the device has a certificate that holds and `replace` is not set,
 *   `device_revoked`, `credential_*`, `passphrase_*`, `issuer_expired`
 */
export async function enrolDevice(request: EnrolmentRequest): Promise<Enrolment> {
  const { registry, directory, now } = request;
  const former = registry
    .certificatesOf(request.device)
    .filter((certificate) => certificate.status === 'active' && certificate.not_after > now);
  const known = registry.device(request.device);
  refuseIfSettled(request, known, former);

  const authority = await loadAuthority(directory, 'device', request.passphrase);
  const root = await loadCertificate(authorityPaths(directory, 'root').certificate, directory);
  const { privateKey, publicKey } = generateKeyPair();
  const issued = issueDeviceCertificate(authority, {
    device: request.device,
    organization: organizationBelow(authority),
    publicKey,
    crlUrl: null,
    validityDays: request.validityDays ?? DEVICE_CERTIFICATE_DAYS,
    now,
  });
  const certificate: DeviceCertificate = {
    thumbprint: thumbprintOf(issued.raw),
    serial: issued.serialNumber,
    device: request.device,
    not_before: issued.validFromDate.getTime(),
    authority: '',
    not_after: issued.validToDate.getTime(),
    status: 'active',
    ended: null,
  };
  const device: Device = known ?? {
    id: request.device,
    status: 'active',
    description: request.description,
    interval_ms: request.intervalMs,
    created: now,
    late_renewal_until: null,
  };

  const files = devicePaths(directory, request.device);
  await using staged = await stageDeviceFiles(files, {
    key: privateKeyToPem(privateKey),
    certificate: chainPem(issued, authority.certificate),
    authority: chainPem(root),
  });
  if (known === undefined) await registry.addDevice(device);
  await registry.addCertificate(certificate);
  try {
    await staged.commit();
  } catch (error) {
    await registry.endCertificate(certificate.thumbprint, 'cessationOfOperation', now);
    throw error;
  }
  if (former.length > 0) await registry.activateCertificate(certificate.thumbprint, now);
  return { device, certificate, files };
}

function refuseIfSettled(
  request: EnrolmentRequest,
  known: Device | undefined,
  former: readonly DeviceCertificate[],
): void {
  if (known?.status === 'revoked') {
    throw new CodedError(
      'device_revoked',
      `device "${known.id}" is revoked for good: enrol it under another id`,
    );
  }
  const [holding] = former;
  if (holding !== undefined && request.replace !== true) {
    throw new CodedError(
      'already_exists',
      `device "${request.device}" has a certificate until ${new Date(holding.not_after).toISOString()}: replace it with --replace, which ends the former one at once`,
    );
  }
}
