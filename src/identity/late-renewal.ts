import type { EpochMs } from '../core/clock.ts';
import type { Registry } from '../registry/registry.ts';

/**
 * Whether the device of this registered certificate may renew though the certificate has expired: an admin has said
 * so, and neither the device nor the certificate has ended otherwise.
 */
export function lateRenewalAllowed(registry: Registry, thumbprint: string, now: EpochMs): boolean {
  const certificate = registry.certificate(thumbprint);
  const device = certificate && registry.device(certificate.device);
  if (certificate === undefined || device === undefined) return false;
  return (
    (certificate.status === 'active' || certificate.status === 'pending') &&
    device.status === 'active' &&
    device.late_renewal_until !== null &&
    now < device.late_renewal_until
  );
}
