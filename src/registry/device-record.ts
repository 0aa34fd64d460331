import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type { Device, DeviceCertificate, RevocationReason } from '../model/people.ts';
import type { AuditAct } from '../observe/audit-entry.ts';
import { compromisedWith } from './certificate-keys.ts';
import type { Registry } from './registry.ts';

/** The certificates that have not ended before their time; they may have expired. */
export function standing(certificates: readonly DeviceCertificate[]): readonly DeviceCertificate[] {
  return certificates.filter(({ ended }) => ended === null);
}

/** Until when the last of them holds; null where there is none. */
export function heldUntil(certificates: readonly DeviceCertificate[]): EpochMs | null {
  const ends = standing(certificates).map(({ not_after }) => not_after);
  return ends.length === 0 ? null : Math.max(...ends);
}

const STATUS_ACTIONS = { suspended: 'device_suspended', active: 'device_resumed' } as const;

/**
 * Suspends or resumes a device, and gives what is to go on record; null: it was so already.
 * @throws CodedError those of `Registry.setDeviceStatus`
 */
export async function changeDeviceStatus(
  registry: Registry,
  { id, status: before }: Pick<Device, 'id' | 'status'>,
  status: 'active' | 'suspended',
): Promise<AuditAct | null> {
  if (before === status) return null;
  await registry.setDeviceStatus(id, status);
  return { action: STATUS_ACTIONS[status], subject: id };
}

/**
 * Says who wears a device from `at` on, and gives what is to go on record.
 * @throws CodedError those of `Registry.assign`
 */
export async function assignDevice(
  registry: Registry,
  id: DeviceId,
  patient: PatientId | null,
  at: EpochMs,
): Promise<AuditAct> {
  await registry.assign(id, patient, at);
  const details = { patient: patient ?? 'nobody', from: new Date(at).toISOString() };
  return { action: 'device_assigned', subject: id, details };
}

/**
 * Ends a device for good, and gives the serial numbers of the certificates that ended with it and what is to go on record.
 * @throws CodedError those of `Registry.revokeDevice`
 */
export async function endDevice(
  registry: Registry,
  id: DeviceId,
  reason: RevocationReason,
  at: EpochMs,
): Promise<{ readonly ended: readonly string[]; readonly act: AuditAct }> {
  const ended = standing(registry.certificatesOf(id)).map(({ serial }) => serial);
  await registry.revokeDevice(id, reason, at);
  const details = { reason, certificates_ended: ended.length };
  return { ended, act: { action: 'device_revoked', subject: id, details } };
}

/** Serial numbers of those that hold and that it led to: they were given to whoever showed it, or have its key. */
export function cameOf(registry: Registry, certificate: DeviceCertificate): readonly string[] {
  const [, ...others] = compromisedWith(certificate, registry.certificatesOf(certificate.device));
  return standing(others).map(({ serial }) => serial);
}

/** By its serial number as people copy it: in either case, with or without colons. */
export function certificateWithSerial(
  registry: Registry,
  id: DeviceId,
  serial: string,
): DeviceCertificate | undefined {
  const wanted = serial.replaceAll(':', '').replace(/^0+/, '').toUpperCase();
  return registry.certificatesOf(id).find((one) => one.serial === wanted);
}

/**
 * Ends one certificate of a device, and for a compromised key what came of it, too; gives the serial numbers of those
 * that ended (itself first) and that are left, and what is to go on record.
 * @throws CodedError those of `Registry.endCertificate`
 */
export async function endCertificate(
  registry: Registry,
  { device, serial, thumbprint }: DeviceCertificate,
  reason: RevocationReason,
  at: EpochMs,
): Promise<{
  readonly ended: readonly string[];
  readonly left: readonly string[];
  readonly acts: readonly AuditAct[];
}> {
  const serials = () => standing(registry.certificatesOf(device)).map((one) => one.serial);
  const before = serials();
  await registry.endCertificate(thumbprint, reason, at);
  const left = serials();
  const ended = [serial, ...before.filter((one) => one !== serial && !left.includes(one))];
  const details = { device, reason };
  return {
    ended,
    left,
    acts: ended.map((subject) => ({ action: 'certificate_revoked', subject, details })),
  };
}
