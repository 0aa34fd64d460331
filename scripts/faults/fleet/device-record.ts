import type { Sample } from '../../../src/model/sample.ts';

/** One moment that a device measured and gave to its client. */
export interface SentMoment {
  readonly t: number;
  readonly heart_rate: number;
  readonly spo2: number;
  /** When it was given, on the clock of the harness that no fault touches. Milliseconds. */
  readonly at: number;
}

/**
 * What one device sent and what was acked, written down on its side of the wire. Acks are cumulative, and a client sends
 * in the order in which it was given: the first moments that were not refused are the acked ones.
 */
export class DeviceRecord {
  readonly device: string;
  readonly patient: string;
  readonly sent: SentMoment[] = [];
  readonly rejected = new Set<number>();
  /** Moments that the client gave up since its backlog was full. */
  dropped = 0;
  /** Index in `sent` of the first moment that is not settled. */
  #settled = 0;

  constructor(device: string, patient: string) {
    this.device = device;
    this.patient = patient;
  }

  /** How many moments are acked or refused. */
  get settled(): number {
    return this.#settled;
  }

  note(moment: SentMoment): void {
    this.sent.push(moment);
  }

  refused(samples: readonly Sample[]): void {
    for (const { t } of samples) this.rejected.add(t);
  }

  /** `count` more moments are acked. Calls `each` with those of which the latency is of interest. */
  acked(count: number, each: (moment: SentMoment) => void): void {
    let left = count;
    for (let next = this.sent[this.#settled]; next !== undefined; next = this.sent[this.#settled]) {
      const wasRefused = this.rejected.has(next.t);
      if (!wasRefused && left === 0) return;
      this.#settled += 1;
      if (wasRefused) continue;
      left -= 1;
      each(next);
    }
  }

  /** The moments that were acked, by their time. */
  ackedMoments(): readonly SentMoment[] {
    return this.sent.slice(0, this.#settled).filter(({ t }) => !this.rejected.has(t));
  }
}
