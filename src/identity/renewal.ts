import type { X509Certificate } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { BACKDATE_MS } from '../pki/certificate.ts';
import type { CertificateRequest } from '../pki/certificate-request.ts';
import type { Registry } from '../registry/registry.ts';
import type { IdentifiedDevice } from './device-identity.ts';
import { checkRequestIsFor, type DeviceIssuer, issueFor } from './device-issuance.ts';

/** Renewals of one device in a day: an answer that was lost on the way may be asked for again, not for ever. */
export const RENEWALS_A_DAY = 10;

const DAY_MS = 86_400_000;

/**
 * Issues the next certificate of a device that has shown its present one. It is registered as pending: the present one
 * stays good until the new one has been used.
 * @throws CodedError `request_names_another`, `renewals_exceeded` with `retryAfterS` in its details, `issuer_expired`
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
): Promise<{ readonly issued: X509Certificate; readonly chain: readonly X509Certificate[] }> {
  const { identified, request, validityDays, now } = renewal;
  const device = identified.device.id;
  checkRequestIsFor(device, request);
  refuseTooMany(registry, identified, now);
  const { issued, certificate } = issueFor(issuer, {
    device,
    publicKey: request.publicKey,
    validityDays,
    status: 'pending',
    now,
  });
  await registry.addCertificate(certificate);
  return { issued, chain: [issuer.authority.certificate] };
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

/**
 * To be called when a device has been admitted: the first use of a renewed certificate ends the former ones. Durable
 * when it resolves.
 * @returns whether this was that first use
 */
export async function noteUse(
  registry: Registry,
  { certificate }: IdentifiedDevice,
  now: EpochMs,
): Promise<boolean> {
  if (certificate.status !== 'pending') return false;
  await registry.activateCertificate(certificate.thumbprint, now);
  return true;
}
