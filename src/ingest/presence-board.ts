import type { Bus, DevicePresence, PresenceChange } from '../bus/bus.ts';
import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';

interface DeviceState {
  patient: PatientId | null;
  presence: DevicePresence;
  battery: number | null;
}

/** Presence of the devices of this process: tells the bus of changes, and of nothing else. */
export class PresenceBoard {
  readonly #bus: Bus;
  readonly #devices = new Map<DeviceId, DeviceState>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  set(device: DeviceId, patient: PatientId | null, presence: DevicePresence, at: EpochMs): void {
    const known = this.#devices.get(device);
    if (known && known.presence === presence && known.patient === patient) return;
    const state = { patient, presence, battery: known?.battery ?? null };
    // A device that is off is remembered by those who watched it: the board holds connected ones only.
    if (presence === 'off') this.#devices.delete(device);
    else this.#devices.set(device, state);
    this.#tell(device, state, at);
  }

  battery(device: DeviceId, percent: number, at: EpochMs): void {
    const state = this.#devices.get(device);
    if (!state || state.battery === percent) return;
    state.battery = percent;
    this.#tell(device, state, at);
  }

  #tell(device: DeviceId, state: DeviceState, at: EpochMs): void {
    const change: PresenceChange = {
      device,
      patient: state.patient,
      presence: state.presence,
      at,
      battery_percent: state.battery,
    };
    this.#bus.publishPresence(change);
  }
}
