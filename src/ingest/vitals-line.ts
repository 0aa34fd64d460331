import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, PatientId, StreamId } from '../model/ids.ts';

/**
 * Journal lines of one stream's frames of vitals, made of what is the same from frame to frame and of the samples' text as it
 * came: what `JSON.stringify` would make of the record, in a fifth of the time.
 */
export class VitalsLine {
  readonly #head: string;
  #patient: PatientId | null = null;
  #part = partOf(null);

  constructor(device: DeviceId, stream: StreamId) {
    this.#head = `{"kind":"vitals","device":${JSON.stringify(device)},"stream":${JSON.stringify(stream)},"seq":`;
  }

  /** @param samples a JSON array; `seq`, `skew` (ms) and `received` are finite numbers */
  of(seq: number, skew: number, received: EpochMs, patient: PatientId | null, samples: string): string {
    if (patient !== this.#patient) {
      this.#patient = patient;
      this.#part = partOf(patient);
    }
    return `${this.#head}${seq},"skew":${skew},"received":${received}${this.#part}${samples}}]}`;
  }
}

function partOf(patient: PatientId | null): string {
  return `,"parts":[{"patient":${JSON.stringify(patient)},"samples":`;
}
