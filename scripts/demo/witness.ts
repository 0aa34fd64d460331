import type { EpochMs } from '../../src/core/clock.ts';
import type { Alarm, AlarmEvent } from '../../src/model/alarm.ts';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';
import type { Sample } from '../../src/model/sample.ts';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import type { TelemetryStore } from '../../src/store/telemetry-store.ts';

/** What one wearable sent, and when in real time. */
interface Sent {
  /** In the order of sending, without those the server refused. */
  readonly samples: Set<Sample>;
  /** Real time (ms) at which the sample of this sample time was handed to the client. */
  readonly at: Map<EpochMs, number>;
}

/** What the store gave back. */
export interface Compared {
  /** Moments found. */
  readonly stored: number;
  readonly missingMoments: number;
  /** Single values that should be there. */
  readonly values: number;
  /** Of these, how many are not there or differ. */
  readonly missingValues: number;
}

/**
 * Writes down what was sent and what the clinician heard, outside the server: the summary is made from this and from
 * what the store gives back, never from the server's own counts.
 */
export class Witness {
  readonly #sent = new Map<DeviceId, Sent>();
  readonly #alarms = new Map<string, Alarm>();
  readonly #latencies: number[] = [];
  #sampleCount = 0;

  sent(device: DeviceId, samples: readonly Sample[]): void {
    const known: Sent = this.#sent.get(device) ?? { samples: new Set(), at: new Map() };
    this.#sent.set(device, known);
    const now = performance.now();
    for (const sample of samples) {
      known.samples.add(sample);
      known.at.set(sample.t, now);
    }
    this.#sampleCount += samples.length;
  }

  /** The server refused these, the very objects that were sent, and said so: they are not to be in the store. */
  rejected(device: DeviceId, samples: readonly Sample[]): void {
    for (const sample of samples) this.#sent.get(device)?.samples.delete(sample);
  }

  heard({ event, at, alarm }: AlarmEvent): void {
    const sentAt = alarm.device === null ? undefined : this.#sent.get(alarm.device)?.at.get(at);
    if (sentAt !== undefined && (event === 'raised' || event === 'priority_raised'))
      this.#latencies.push(performance.now() - sentAt);
    this.#alarms.set(alarm.id, alarm);
  }

  /** Alarms heard of, by onset; back-fill findings are not alarms of the moment. */
  alarms(): readonly Alarm[] {
    return [...this.#alarms.values()]
      .filter((alarm) => alarm.kind === 'technical' || !alarm.retrospective)
      .sort((a, b) => a.onset - b.onset);
  }

  /** Samples sent, whatever became of them. */
  get sampleCount(): number {
    return this.#sampleCount;
  }

  /** Sample time of the last moment a device sent. */
  lastSample(device: DeviceId): EpochMs | null {
    return [...(this.#sent.get(device)?.at.keys() ?? [])].at(-1) ?? null;
  }

  /** From the device's hand to the clinician's ears, in real ms; null when no alarm was raised by a sample. */
  latency(): { readonly p50: number; readonly p99: number } | null {
    if (this.#latencies.length === 0) return null;
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const at = (q: number): number =>
      Number((sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * q) - 1)] ?? 0).toFixed(2));
    return { p50: at(0.5), p99: at(0.99) };
  }

  /**
   * Reads back from the store what the server did not refuse. Samples of one moment are one there: of the same vital,
   * the later value counts.
   */
  async compare(store: TelemetryStore, patientOf: (device: DeviceId) => PatientId): Promise<Compared> {
    let stored = 0;
    let missingMoments = 0;
    let missingValues = 0;
    let values = 0;
    for (const [device, { samples }] of this.#sent) {
      const times = [...new Set([...samples].map(({ t }) => t))];
      if (times.length === 0) continue;
      const from = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
      const to = times.reduce((a, b) => Math.max(a, b), 0) + 1;
      const found = await store.countSamples(device, from, to);
      stored += found;
      missingMoments += Math.max(0, times.length - found);
      for (const vital of VITAL_NAMES) {
        const expected = new Map<EpochMs, number>();
        for (const sample of samples) {
          const value = sample[vital];
          if (value !== undefined) expected.set(sample.t, value);
        }
        if (expected.size === 0) continue;
        values += expected.size;
        const rows = await store.values({
          subject: { patient: patientOf(device) },
          vital,
          from,
          to,
          limit: 10 * expected.size + 1_000,
        });
        for (const row of rows) {
          if (row.device === device && expected.get(row.t) === row.value) expected.delete(row.t);
        }
        missingValues += expected.size;
      }
    }
    return { stored, missingMoments, missingValues, values };
  }
}
