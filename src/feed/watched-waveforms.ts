import type { ClinicianId, PatientId } from '../model/ids.ts';
import type { Signal } from '../model/signal.ts';
import type { WaveformDemand } from './waveform-demand.ts';

/** The traces that one clinician watches; what begins and ends is told to whoever has devices start and stop them. */
export class WatchedWaveforms {
  readonly #demand: WaveformDemand;
  readonly #clinician: ClinicianId;
  readonly #signals = new Map<PatientId, ReadonlySet<Signal>>();

  constructor(demand: WaveformDemand, clinician: ClinicianId) {
    this.#demand = demand;
    this.#clinician = clinician;
  }

  has(patient: PatientId, signal: Signal): boolean {
    return this.#signals.get(patient)?.has(signal) ?? false;
  }

  /** From now on these signals of the patient are watched, and no others. */
  select(patient: PatientId, signals: ReadonlySet<Signal>): void {
    this.#demand.change(patient, this.#signals.get(patient) ?? new Set(), signals, this.#clinician);
    if (signals.size === 0) this.#signals.delete(patient);
    else this.#signals.set(patient, signals);
  }

  /** Ends what is watched of patients who may not be seen any more, so that no device goes on sending it. */
  keepOnly(maySee: (patient: PatientId) => boolean): void {
    for (const patient of [...this.#signals.keys()]) if (!maySee(patient)) this.select(patient, new Set());
  }

  /** Nothing is watched any more. */
  clear(): void {
    for (const patient of [...this.#signals.keys()]) this.select(patient, new Set());
  }
}
