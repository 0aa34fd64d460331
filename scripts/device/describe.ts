import { CodedError } from '../../src/core/coded-error.ts';
import type { DeviceId } from '../../src/model/ids.ts';
import type { Device } from '../../src/model/people.ts';
import type { Registry } from '../../src/registry/registry.ts';

export function intervalOf({ interval_ms }: Device): string {
  return interval_ms === null ? 'learned' : `${interval_ms / 1000} s`;
}

export function instant(at: number): string {
  return new Date(at).toISOString();
}

/** @throws CodedError `unknown_device` */
export function knownDevice(registry: Registry, id: DeviceId): Device {
  const device = registry.device(id);
  if (device !== undefined) return device;
  throw new CodedError(
    'unknown_device',
    `device "${id}" is not registered: "npm run device -- list" shows those that are, "npm run device -- issue ${id}" enrols it`,
  );
}
