import type { DeviceState } from '../feed/patient-model.ts';

/** Below this a battery is marked, percent. */
export const LOW_BATTERY_PERCENT = 20;

/** What there is to say of all devices of a patient. */
export interface DeviceStanding {
  /** The worst of them; `none`: the patient wears no device. */
  readonly presence: DeviceState['presence'] | 'none';
  /** Since when it is so, server's clock, ms; null: nobody knows, or there is none. */
  readonly since: number | null;
  /** How many are so, and how many there are. */
  readonly of: { readonly such: number; readonly all: number };
  /** The emptiest; null: none tells. */
  readonly batteryPercent: number | null;
  readonly batteryLow: boolean;
}

const WORST_FIRST = ['off', 'silent', 'on'] as const;

/** The devices of a patient in one word: what is off or silent is told before what is well. */
export function deviceStanding(devices: readonly DeviceState[]): DeviceStanding {
  const presence = WORST_FIRST.find((word) => devices.some((device) => device.presence === word)) ?? 'none';
  const such = devices.filter((device) => device.presence === presence);
  const batteries = devices
    .map(({ battery_percent }) => battery_percent)
    .filter((percent) => percent !== null);
  const batteryPercent = batteries.length === 0 ? null : Math.min(...batteries);
  return {
    presence,
    since: such.length === 0 ? null : Math.min(...such.map(({ since }) => since)),
    of: { such: such.length, all: devices.length },
    batteryPercent,
    batteryLow: batteryPercent !== null && batteryPercent < LOW_BATTERY_PERCENT,
  };
}
