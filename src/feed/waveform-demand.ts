import { randomUUID } from 'node:crypto';
import type { Bus, PresenceChange } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { CommandName } from '../model/device-command.ts';
import type { ClinicianId, DeviceId, PatientId } from '../model/ids.ts';
import type { Signal } from '../model/signal.ts';
import type { Registry } from '../registry/registry.ts';

/**
 * Which live traces somebody watches. The first watcher of a signal starts it on the patient's devices, the last one
 * stops it, so that a wearable's battery is not spent on traces that nobody looks at.
 */
export class WaveformDemand implements Disposable {
  readonly #bus: Bus;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #watchers = new Map<PatientId, Map<Signal, { count: number; by: ClinicianId }>>();
  /** Connected devices and who wears them, to notice one that comes. */
  readonly #wearers = new Map<DeviceId, PatientId | null>();
  readonly #subscription: Disposable;

  constructor(options: { readonly bus: Bus; readonly registry: Registry; readonly clock: Clock }) {
    this.#bus = options.bus;
    this.#registry = options.registry;
    this.#clock = options.clock;
    this.#subscription = options.bus.subscribe({ presence: (change) => this.#presence(change) });
  }

  /** One clinician goes from watching `before` to watching `after`. */
  change(patient: PatientId, before: ReadonlySet<Signal>, after: ReadonlySet<Signal>, by: ClinicianId): void {
    const started = [...after.difference(before)].filter((signal) => this.#join(patient, signal, by));
    const stopped = [...before.difference(after)].filter((signal) => this.#leave(patient, signal));
    for (const device of this.#registry.devicesOf(patient, this.#clock.now())) {
      this.#command('start_waveform', device, started, by);
      this.#command('stop_waveform', device, stopped, by);
    }
  }

  /** Whether somebody watches this trace of the patient. */
  isWatched(patient: PatientId, signal: Signal): boolean {
    return this.#watchers.get(patient)?.has(signal) ?? false;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  /** Whether this is the first watcher of the signal. */
  #join(patient: PatientId, signal: Signal, by: ClinicianId): boolean {
    const signals = this.#watchers.get(patient) ?? new Map<Signal, { count: number; by: ClinicianId }>();
    this.#watchers.set(patient, signals);
    const count = (signals.get(signal)?.count ?? 0) + 1;
    signals.set(signal, { count, by });
    return count === 1;
  }

  /** Whether that was the last watcher of the signal. */
  #leave(patient: PatientId, signal: Signal): boolean {
    const signals = this.#watchers.get(patient);
    const watched = signals?.get(signal);
    if (!signals || !watched) return false;
    watched.count -= 1;
    if (watched.count > 0) return false;
    signals.delete(signal);
    if (signals.size === 0) this.#watchers.delete(patient);
    return true;
  }

  /** A device that comes (back), or to another patient, has not heard what is watched. */
  #presence({ device, patient, presence }: PresenceChange): void {
    if (presence === 'off') {
      this.#wearers.delete(device);
      return;
    }
    if (this.#wearers.has(device) && this.#wearers.get(device) === patient) return;
    this.#wearers.set(device, patient);
    const signals = patient === null ? undefined : this.#watchers.get(patient);
    for (const [signal, { by }] of signals ?? []) this.#command('start_waveform', device, [signal], by);
  }

  #command(name: CommandName, device: DeviceId, signals: readonly Signal[], by: ClinicianId): void {
    if (signals.length === 0) return;
    this.#bus.publishCommand({ id: randomUUID(), device, name, args: { signals }, requested_by: by });
  }
}
