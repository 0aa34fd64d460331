import { LOW_BATTERY_PERCENT } from '../../ward/device-standing.ts';
import type { DeviceAnswer } from '../admin-answers.ts';

const DAY_MS = 86_400_000;
/** How near the end of a certificate has to be to need somebody, as the state of the service counts it. */
export const ENDING_DAYS = 14;

/** What of a device needs somebody, the most pressing first: nobody is watched by a device that is not there. */
export const NEEDS = [
  'worn_off',
  'worn_silent',
  'certificate_ended',
  'certificate_missing',
  'battery_low',
  'certificate_ending',
  'suspended',
] as const;
export type Need = (typeof NEEDS)[number];

/** How a device's certificate stands. @param now epoch ms */
export function certificateNeed(expires: number | null, now: number): Need | null {
  if (expires === null) return 'certificate_missing';
  if (expires <= now) return 'certificate_ended';
  return expires - now <= ENDING_DAYS * DAY_MS ? 'certificate_ending' : null;
}

/** What of a device needs somebody, the most pressing first. One that is revoked needs nobody. @param now epoch ms */
export function deviceNeeds(device: DeviceAnswer, now: number): readonly Need[] {
  const { status, patient, presence, battery_percent, certificate_expires } = device;
  if (status === 'revoked') return [];
  const found: ReadonlySet<Need | null> = new Set([
    status === 'suspended' ? 'suspended' : null,
    patient !== null && presence === 'off' ? 'worn_off' : null,
    patient !== null && presence === 'silent' ? 'worn_silent' : null,
    battery_percent !== null && battery_percent < LOW_BATTERY_PERCENT ? 'battery_low' : null,
    certificateNeed(certificate_expires, now),
  ]);
  return NEEDS.filter((need) => found.has(need));
}

/** Whoever needs somebody most first, then by id; those that were revoked last. @param now epoch ms */
export function byNeed<Device extends DeviceAnswer>(
  devices: readonly Device[],
  now: number,
): readonly Device[] {
  return devices
    .map((device) => ({ device, rank: rank(device, now) }))
    .sort((a, b) => a.rank - b.rank || (a.device.id < b.device.id ? -1 : 1))
    .map(({ device }) => device);
}

function rank(device: DeviceAnswer, now: number): number {
  if (device.status === 'revoked') return NEEDS.length + 1;
  const [first] = deviceNeeds(device, now);
  return first === undefined ? NEEDS.length : NEEDS.indexOf(first);
}
