import { randomUUID } from 'node:crypto';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { CommandName } from '../model/device-command.ts';
import type { ClinicianId, PatientId } from '../model/ids.ts';
import type { Signal } from '../model/signal.ts';
import type { Registry } from '../registry/registry.ts';

/**
 * Which live traces somebody watches. The first watcher of a signal starts it on the patient's devices, the last one
 * stops it, so that a wearable's battery is not spent on traces that nobody looks at.
 */
export class WaveformDemand {
  readonly #bus: Bus;
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #watchers = new Map<string, number>();

  constructor(options: { readonly bus: Bus; readonly registry: Registry; readonly clock: Clock }) {
    this.#bus = options.bus;
    this.#registry = options.registry;
    this.#clock = options.clock;
  }

  /** One clinician goes from watching `before` to watching `after`. */
  change(patient: PatientId, before: ReadonlySet<Signal>, after: ReadonlySet<Signal>, by: ClinicianId): void {
    const started = [...after.difference(before)].filter((signal) => this.#count(patient, signal, 1) === 1);
    const stopped = [...before.difference(after)].filter((signal) => this.#count(patient, signal, -1) === 0);
    this.#command('start_waveform', patient, started, by);
    this.#command('stop_waveform', patient, stopped, by);
  }

  #count(patient: PatientId, signal: Signal, step: 1 | -1): number {
    const key = `${patient}:${signal}`;
    const count = (this.#watchers.get(key) ?? 0) + step;
    if (count > 0) this.#watchers.set(key, count);
    else this.#watchers.delete(key);
    return count;
  }

  #command(name: CommandName, patient: PatientId, signals: readonly Signal[], by: ClinicianId): void {
    if (signals.length === 0) return;
    for (const device of this.#registry.devicesOf(patient, this.#clock.now())) {
      this.#bus.publishCommand({ id: randomUUID(), device, name, args: { signals }, requested_by: by });
    }
  }
}
