import type { DeviceStatus } from '../../../model/people.ts';
import type { Query } from '../../server/rest.ts';
import type { DeviceAnswer } from '../admin-answers.ts';
import { ENDING_DAYS } from './device-need.ts';

export const DEVICE_STATUSES: readonly DeviceStatus[] = ['active', 'suspended', 'revoked'];

/** Which devices are looked for. */
export interface DeviceFilter {
  /** Null: whatever it is. */
  readonly status: DeviceStatus | null;
  /** Only those whose last certificate ends soon, or has ended. */
  readonly ending: boolean;
  /** Part of the id, of the wearer, or of what it is; empty: all. */
  readonly words: string;
}

/** The filter in an address, so that it stays on the way back from a device. @param search of the address, without `?` */
export function filterOf(search: string): DeviceFilter {
  const given = new URLSearchParams(search);
  return {
    status: DEVICE_STATUSES.find((status) => status === given.get('status')) ?? null,
    ending: given.get('certificate') === 'ending',
    words: given.get('find') ?? '',
  };
}

/** What the filter looks like in an address: empty, or with `?`. */
export function searchOf({ status, ending, words }: DeviceFilter): string {
  const given = new URLSearchParams();
  if (status !== null) given.set('status', status);
  if (ending) given.set('certificate', 'ending');
  if (words !== '') given.set('find', words);
  return given.size === 0 ? '' : `?${given}`;
}

/** What of the filter the server applies. */
export function queryOf({ status, ending }: DeviceFilter): Query {
  return {
    ...(status === null ? {} : { status }),
    ...(ending ? { expiring_days: ENDING_DAYS } : {}),
  };
}

/** Whether a device is one of those looked for by words. */
export function isFound({ id, patient, description }: DeviceAnswer, words: string): boolean {
  const part = words.trim().toLowerCase();
  return [id, patient ?? '', description].some((field) => field.toLowerCase().includes(part));
}
