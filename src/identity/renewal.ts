import type { X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { BACKDATE_MS } from '../pki/certificate.ts';
import type { CertificateRequest } from '../pki/certificate-request.ts';
import type { Registry } from '../registry/registry.ts';
import { admitDevice, type IdentifiedDevice } from './device-identity.ts';
import { checkRequestIsFor, type DeviceIssuer, issueFor } from './device-issuance.ts';

/** Renewals of one device in a day: an answer that was lost on the way may be asked for again, not for ever. */
export const RENEWALS_A_DAY = 10;

const DAY_MS = 86_400_000;

/**
 * Issues the next certificate of a device that has shown its present one. It is registered as pending: the present one
 * stays good until the new one has been used.
 * @throws CodedError `request_names_another`, `renewals_exceeded` with `retryAfterS` in its details, `issuer_expired`,
 *   `key_of_another_device`, `key_revoked`
 * @throws IdentityError when device or certificate have ended since the device showed it
 */
export async function renewCertificate(
  registry: Registry,
  issuer: DeviceIssuer,
  renewal: {
    readonly identified: IdentifiedDevice;
    readonly request: CertificateRequest;
    readonly validityDays: number;
    readonly now: EpochMs;
  },
): Promise<X509Certificate> {
  const { identified, request, validityDays, now } = renewal;
  const device = identified.device.id;
  checkRequestIsFor(device, request);
  refuseTooMany(registry, identified, now);
  const { issued, certificate } = issueFor(issuer, {
    device,
    publicKey: request.publicKey,
    validityDays,
    status: 'pending',
    follows: identified.thumbprint,
    now,
  });
  await withIdentity(registry, identified, now, () => registry.addCertificate(certificate));
  return issued;
}

function refuseTooMany(registry: Registry, { device }: IdentifiedDevice, now: EpochMs): void {
  const begun = registry
    .certificatesOf(device.id)
    .map(({ not_before }) => not_before + BACKDATE_MS)
    .filter((issuedAt) => issuedAt > now - DAY_MS)
    .sort((a, b) => a - b);
  if (begun.length < RENEWALS_A_DAY) return;
  const retryAfterS = Math.max(1, Math.ceil(((begun.at(-RENEWALS_A_DAY) ?? now) + DAY_MS - now) / 1000));
  throw new CodedError(
    'renewals_exceeded',
    `device "${device.id}" was given ${begun.length} certificates in a day: use the last one, or try again in ${retryAfterS} s`,
    { details: { retryAfterS } },
  );
}

/** Writes for a device; that it has lost its identity meanwhile, it is told in the words of the door. */
async function withIdentity(
  registry: Registry,
  { thumbprint }: IdentifiedDevice,
  now: EpochMs,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (codeOf(error) === 'revoked') admitDevice(registry, thumbprint, now);
    throw error;
  }
}

/**
 * To be called when a device has been admitted: the first use of a renewed certificate ends the former ones. Durable
 * when it resolves.
 * @returns whether this was that first use
 * @throws IdentityError when another certificate of the device was used at the same moment
 */
export async function noteUse(
  registry: Registry,
  identified: IdentifiedDevice,
  now: EpochMs,
): Promise<boolean> {
  const { thumbprint } = identified;
  // As it stands now: a use that was noted since the device was identified must not end what was issued after it.
  if ((registry.certificate(thumbprint) ?? identified.certificate).status === 'active') return false;
  await withIdentity(registry, identified, now, () => registry.activateCertificate(thumbprint, now));
  return true;
}
