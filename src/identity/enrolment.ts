import type { KeyObject } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type { Device, DeviceCertificate, NewEnrolment, RevocationReason } from '../model/people.ts';
import { chainPem } from '../pki/certificate.ts';
import type { CertificateRequest } from '../pki/certificate-request.ts';
import { DEVICE_CERTIFICATE_DAYS } from '../pki/device-certificate.ts';
import { generateKeyPair, type KeyAlgorithm, privateKeyToPem } from '../pki/key-pair.ts';
import { createPkcs12 } from '../pki/pkcs12.ts';
import type { Registry } from '../registry/registry.ts';
import { type DevicePaths, devicePaths } from './certificate-directory.ts';
import { type DeviceFiles, stageDeviceFiles } from './device-files.ts';
import {
  checkRequestIsFor,
  type DeviceIssuer,
  type IssuedCertificate,
  issueFor,
  openDeviceIssuer,
} from './device-issuance.ts';

/** Whose the key is: made here and handed over with the certificate, or the device's own, which never leaves it. */
export type EnrolmentKey =
  | { readonly kind: 'made'; readonly algorithm: KeyAlgorithm; readonly bundlePassword?: string }
  | { readonly kind: 'requested'; readonly request: CertificateRequest };

/**
 * What becomes of the certificates a device has already. `first`: it must have none that holds. `renew`: they stay good
 * until the new one is used. `replace`: they end at once.
 */
export type Succession =
  | { readonly kind: 'first' }
  | { readonly kind: 'renew' }
  | { readonly kind: 'replace'; readonly reason: RevocationReason };

export interface EnrolmentRequest {
  readonly registry: Registry;
  /** The certificates directory. */
  readonly directory: string;
  /** The device authority, where it is open already; else it is opened with `passphrase`. */
  readonly issuer?: DeviceIssuer;
  readonly passphrase?: string;
  /** Base URL of the revocation lists. */
  readonly crlUrl?: string;
  readonly device: DeviceId;
  /** Of a new device; one that is registered keeps its own. */
  readonly description: string;
  /** How often the device sends; null: learned from its samples. Milliseconds. Of a new device only. */
  readonly intervalMs: number | null;
  readonly validityDays?: number;
  /** Default: a P-256 key is made. */
  readonly key?: EnrolmentKey;
  /** Default: first. */
  readonly succession?: Succession;
  /** Who wears it from `now` on; null or absent: nothing changes. */
  readonly patient?: PatientId | null;
  readonly now: EpochMs;
}

export interface Enrolment {
  readonly device: Device;
  readonly certificate: DeviceCertificate;
  /** What the device is to be given; of a key of its own, no key. */
  readonly files: DevicePaths;
}

const FIRST: Succession = { kind: 'first' };
const MADE: EnrolmentKey = { kind: 'made', algorithm: 'ec-p256' };

/**
 * Makes or takes the key of a device, certifies it, registers device and certificate, and leaves the files in the
 * certificates directory. They appear in their place only after the certificate is registered, so that whatever
 * interrupts this, no certificate is in use that the registry cannot revoke. One that was registered and whose files never
 * came is replaced with `succession` replace.
 *
 * @throws CodedError `already_exists` when the device has a certificate that holds and `succession` is first,
 *   `unknown_device` when it is renew or replace and there is none, `device_revoked`, `request_names_another`,
 *   `key_of_another_device`, `key_revoked`, `credential_*`, `passphrase_*`, `issuer_expired`
 */
export async function enrolDevice(request: EnrolmentRequest): Promise<Enrolment> {
  const { registry, directory, now, succession = FIRST } = request;
  const known = registry.device(request.device);
  refuseIfSettled(request, known, succession);
  const issuer =
    request.issuer ??
    (await openDeviceIssuer(directory, {
      crlUrl: request.crlUrl ?? null,
      ...(request.passphrase === undefined ? {} : { passphrase: request.passphrase }),
    }));
  const { issued, content } = certify(issuer, request, succession);
  const device = known ?? newDevice(request);

  const files = devicePaths(directory, request.device);
  await using staged = await stageDeviceFiles(files, content);
  const { certificate } = issued;
  const patient = request.patient ?? null;
  await registry.enrol([{ device, certificate, patient, at: now, ...provisionOf(succession) }]);
  try {
    await staged.commit();
  } catch (error) {
    await registry.endCertificate(certificate.thumbprint, 'cessationOfOperation', now);
    throw error;
  }
  if (succession.kind === 'replace') {
    await registry.activateCertificate(certificate.thumbprint, now, succession.reason);
  }
  return { device, certificate, files };
}

/** A device that is not registered yet, as its enrolment describes it. */
export function newDevice(
  request: Pick<EnrolmentRequest, 'device' | 'description' | 'intervalMs' | 'now'>,
): Device {
  return {
    id: request.device,
    status: 'active',
    description: request.description,
    interval_ms: request.intervalMs,
    created: request.now,
    late_renewal_until: null,
  };
}

/** Makes or takes the key, and issues: the certificate, and what goes to the device. @throws as `enrolDevice` */
export function certify(
  issuer: DeviceIssuer,
  request: Pick<EnrolmentRequest, 'device' | 'validityDays' | 'key' | 'now'>,
  succession: Succession,
): { readonly issued: IssuedCertificate; readonly content: DeviceFiles } {
  const { device, now, key = MADE, validityDays = DEVICE_CERTIFICATE_DAYS } = request;
  const status = succession.kind === 'renew' ? 'pending' : 'active';
  const issueWith = (publicKey: KeyObject) =>
    issueFor(issuer, { device, publicKey, validityDays, status, follows: null, now });
  if (key.kind === 'requested') {
    checkRequestIsFor(device, key.request);
    const issued = issueWith(key.request.publicKey);
    return { issued, content: { ...publicFiles(issuer, issued), key: null, bundle: null } };
  }
  const { publicKey, privateKey } = generateKeyPair(key.algorithm);
  const issued = issueWith(publicKey);
  const bundle =
    key.bundlePassword === undefined
      ? null
      : createPkcs12({
          privateKey,
          certificate: issued.issued,
          chain: [issuer.authority.certificate, issuer.root],
          password: key.bundlePassword,
          friendlyName: device,
        });
  return { issued, content: { ...publicFiles(issuer, issued), key: privateKeyToPem(privateKey), bundle } };
}

/** What must still be so when the certificate is written. */
function provisionOf(succession: Succession): Pick<NewEnrolment, 'provided'> {
  if (succession.kind === 'first') return { provided: 'no_certificate' };
  const isCompromised = succession.kind === 'replace' && succession.reason === 'keyCompromise';
  return isCompromised ? { provided: 'new_key' } : {};
}

function publicFiles({ authority, root }: DeviceIssuer, { issued }: IssuedCertificate) {
  return { certificate: chainPem(issued, authority.certificate), authority: chainPem(root) };
}

function refuseIfSettled(
  { registry, device, now }: EnrolmentRequest,
  known: Device | undefined,
  succession: Succession,
): void {
  if (known?.status === 'revoked') {
    throw new CodedError(
      'device_revoked',
      `device "${known.id}" is revoked for good: enrol it under another id`,
    );
  }
  if (succession.kind !== 'first') {
    if (known !== undefined) return;
    throw new CodedError(
      'unknown_device',
      `device "${device}" is not registered: npm run device -- issue ${device}`,
    );
  }
  const holding = registry
    .certificatesOf(device)
    .find((certificate) => certificate.ended === null && certificate.not_after > now);
  if (holding === undefined) return;
  throw new CodedError(
    'already_exists',
    `device "${device}" has a certificate until ${new Date(holding.not_after).toISOString()}: "npm run device -- renew ${device}" makes the next one, "replace" ends this one at once`,
  );
}
