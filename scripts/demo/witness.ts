import type { EpochMs } from '../../src/core/clock.ts';
import type { Alarm, AlarmEvent } from '../../src/model/alarm.ts';
import type { DeviceId, PatientId } from '../../src/model/ids.ts';
import type { Sample } from '../../src/model/sample.ts';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import type { TelemetryStore } from '../../src/store/telemetry-store.ts';

/** What one wearable sent, and when in real time. */
interface Sent {
  readonly samples: Sample[];
  /** Real time (ms) at which the sample of this sample time was handed to the client. */
  readonly at: Map<EpochMs, number>;
}

/**
 * Writes down what was sent and what the clinician heard, outside the server: the summary is made from this and from
 * what the store gives back, never from the server's own counts.
 */
export class Witness {
  readonly #sent = new Map<DeviceId, Sent>();
  readonly #alarms = new Map<string, Alarm>();
  readonly #latencies: number[] = [];

  sent(device: DeviceId, samples: readonly Sample[]): void {
    const known: Sent = this.#sent.get(device) ?? { samples: [], at: new Map() };
    this.#sent.set(device, known);
    const now = performance.now();
    for (const sample of samples) {
      known.samples.push(sample);
      known.at.set(sample.t, now);
    }
  }

  heard({ event, at, alarm }: AlarmEvent): void {
    const sentAt = this.#sent.get(alarm.device)?.at.get(at);
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

  sampleCount(): number {
    return [...this.#sent.values()].reduce((sum, { samples }) => sum + samples.length, 0);
  }

  /** Sample time of the last moment a device sent. */
  lastSample(device: DeviceId): EpochMs | null {
    return this.#sent.get(device)?.samples.at(-1)?.t ?? null;
  }

  /** From the device's hand to the clinician's ears, in real ms; null when no alarm was raised by a sample. */
  latency(): { readonly p50: number; readonly p99: number } | null {
    if (this.#latencies.length === 0) return null;
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const at = (q: number): number =>
      Number((sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * q) - 1)] ?? 0).toFixed(2));
    return { p50: at(0.5), p99: at(0.99) };
  }

  /** Reads everything back from the store: moments found, and single values that are missing or differ. */
  async compare(
    store: TelemetryStore,
    patientOf: (device: DeviceId) => PatientId,
  ): Promise<{ stored: number; missingValues: number; values: number }> {
    let stored = 0;
    let missingValues = 0;
    let values = 0;
    for (const [device, { samples }] of this.#sent) {
      const times = samples.map(({ t }) => t);
      const from = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
      const to = times.reduce((a, b) => Math.max(a, b), 0) + 1;
      stored += await store.countSamples(device, from, to);
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
    return { stored, missingValues, values };
  }
}
