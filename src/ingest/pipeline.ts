import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { DeviceId, PatientId, StreamId } from '../model/ids.ts';
import type { AssignedSamples } from '../model/record.ts';
import type { Sample } from '../model/sample.ts';
import type { Signal } from '../model/signal.ts';
import type { StatusFrame } from '../protocol/device-frames.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { checkSamples, type Rejection } from './sample-check.ts';

/** Where a frame comes from. */
export interface Origin {
  readonly device: DeviceId;
  readonly stream: StreamId;
  readonly seq: number;
  /** Device clock minus server clock at `hello`, 0 when within the tolerated skew. */
  readonly skew: number;
}

export interface Waveform {
  readonly signal: Signal;
  readonly t: number;
  readonly rate_hz: number;
  readonly values: readonly number[];
}

/** What became of a frame: why parts of it were refused, and when the rest is durable. */
export interface Accepted {
  readonly rejections: readonly Rejection[];
  readonly durable: Promise<void>;
}

export interface PipelineOptions {
  readonly registry: Registry;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  /** Samples older than this are refused. */
  readonly retentionMs: number;
}

/**
 * The one place where the order of the stages is written: check, assign, hand to the journal, evaluate alarms, relay.
 * Alarms are evaluated beside the append and never wait for the disk; the caller acks when `durable` resolves.
 */
export class Pipeline {
  readonly #options: PipelineOptions;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  vitals(origin: Origin, raw: readonly unknown[]): Accepted {
    const { clock, journal, desk, bus, metrics, retentionMs } = this.#options;
    const received = clock.now();
    const checked = checkSamples(raw, received, retentionMs);
    const parts = this.#assign(origin.device, checked.samples);
    const durable = journal.append({ kind: 'vitals', ...origin, received, parts });
    metrics.samples(checked.samples.length, raw.length - checked.samples.length);
    for (const { vital, t } of checked.impossible) {
      desk.impossible(origin.device, this.#options.registry.patientAt(origin.device, t), vital, t);
    }
    for (const { patient, samples } of parts) {
      desk.evaluate({ device: origin.device, patient, samples, received, skew: origin.skew });
      if (patient !== null) bus.publishVitals({ patient, device: origin.device, samples, received });
    }
    return { rejections: checked.rejections, durable };
  }

  waveform(origin: Origin, waveform: Waveform): Promise<void> {
    const { clock, journal, bus, registry } = this.#options;
    const patient = registry.patientAt(origin.device, waveform.t);
    const durable = journal.append({
      kind: 'waveform',
      ...origin,
      received: clock.now(),
      patient,
      ...waveform,
    });
    if (patient !== null) bus.publishWaveform({ patient, device: origin.device, ...waveform });
    return durable;
  }

  status(origin: Origin, frame: StatusFrame): Promise<void> {
    const { battery_percent, worn, charging } = frame;
    return this.#options.journal.append({
      kind: 'status',
      ...origin,
      received: this.#options.clock.now(),
      ...(battery_percent === undefined ? {} : { battery_percent }),
      ...(worn === undefined ? {} : { worn }),
      ...(charging === undefined ? {} : { charging }),
    });
  }

  /** A frame of which nothing is kept: its number is consumed all the same, and acked like any other. */
  consumed(origin: Origin): Promise<void> {
    return this.#options.journal.append({ kind: 'consumed', ...origin, received: this.#options.clock.now() });
  }

  /** Resolves when the journal takes more; null while it does. */
  writable(): Promise<void> | null {
    return this.#options.journal.writable();
  }

  /** Device to patient by the assignment in force at each sample's time. */
  #assign(device: DeviceId, samples: readonly Sample[]): AssignedSamples[] {
    const { registry } = this.#options;
    const [first] = samples;
    if (!first) return [];
    const patient = registry.patientAt(device, first.t);
    if (samples.every((sample) => registry.patientAt(device, sample.t) === patient))
      return [{ patient, samples }];
    const byPatient = new Map<PatientId | null, Sample[]>();
    for (const sample of samples) {
      const wearer = registry.patientAt(device, sample.t);
      const of = byPatient.get(wearer);
      if (of) of.push(sample);
      else byPatient.set(wearer, [sample]);
    }
    return [...byPatient].map(([wearer, of]) => ({ patient: wearer, samples: of }));
  }
}
