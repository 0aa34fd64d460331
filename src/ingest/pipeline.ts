import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { DeviceId, PatientId, StreamId } from '../model/ids.ts';
import type { AssignedSamples } from '../model/record.ts';
import type { Sample } from '../model/sample.ts';
import type { StatusFrame, VitalsFrame, WaveformFrame } from '../protocol/device-frames.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { checkSamples, type Rejection } from './sample-check.ts';
import { checkWaveform } from './waveform-check.ts';

/** What carries a number of the stream. */
export type StreamFrame = VitalsFrame | WaveformFrame | StatusFrame;

/** Where a frame comes from. */
export interface Origin {
  readonly device: DeviceId;
  readonly stream: StreamId;
  readonly seq: number;
  /** Device clock minus server clock at `hello`, 0 when within the tolerated skew. */
  readonly skew: number;
}

/** Samples of a frame, or all of it where `samples` is absent, that will never be stored. */
export type FrameRejection = Omit<Rejection, 'samples'> & { readonly samples?: number[] };

/** What became of a frame: why parts of it were refused, and when the rest is durable. */
export interface Accepted {
  readonly rejections: readonly FrameRejection[];
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

  /** Takes a frame of a stream, whose number is the next. */
  take(origin: Origin, frame: StreamFrame): Accepted {
    switch (frame.type) {
      case 'vitals':
        return this.#vitals(origin, frame.samples);
      case 'waveform':
        return this.#waveform(origin, frame);
      case 'status':
        return this.#status(origin, frame);
    }
  }

  /** Resolves when the journal takes more; null while it does. */
  writable(): Promise<void> | null {
    return this.#options.journal.writable();
  }

  #vitals(origin: Origin, raw: readonly unknown[]): Accepted {
    const { clock, journal, desk, bus, metrics, retentionMs } = this.#options;
    const received = clock.now();
    const checked = checkSamples(raw, received, retentionMs);
    const parts = this.#assign(origin, checked.samples, received);
    const durable = journal.append({ kind: 'vitals', ...origin, received, parts });
    metrics.samples(checked.samples.length, raw.length - checked.samples.length);
    for (const { vital, t } of checked.impossible) {
      const patient = this.#wearer(origin, t, received);
      desk.impossible({ device: origin.device, patient, received, skew: origin.skew }, vital, t);
    }
    const { device, skew } = origin;
    const { remainders } = checked;
    const heard =
      remainders.length === 0 ? parts : this.#assign(origin, [...checked.samples, ...remainders], received);
    for (const { patient, samples } of heard) desk.evaluate({ device, patient, samples, received, skew });
    for (const { patient, samples } of parts) {
      if (patient !== null) bus.publishVitals({ patient, device, samples, received, skew });
    }
    return { rejections: checked.rejections, durable };
  }

  #waveform(origin: Origin, frame: WaveformFrame): Accepted {
    const { clock, journal, bus, retentionMs } = this.#options;
    const received = clock.now();
    const checked = checkWaveform(frame, received, retentionMs);
    if (!checked.ok) {
      const { code, message } = checked;
      // Its number is consumed all the same, and acked like any other.
      const durable = journal.append({ kind: 'consumed', ...origin, received });
      return { rejections: [{ code, message }], durable };
    }
    const { waveform } = checked;
    const patient = this.#wearer(origin, waveform.t, received);
    const durable = journal.append({ kind: 'waveform', ...origin, received, patient, ...waveform });
    if (patient !== null) bus.publishWaveform({ patient, device: origin.device, ...waveform });
    return { rejections: [], durable };
  }

  #status(origin: Origin, { battery_percent, worn, charging }: StatusFrame): Accepted {
    const { clock, journal } = this.#options;
    const durable = journal.append({
      kind: 'status',
      ...origin,
      received: clock.now(),
      ...(battery_percent === undefined ? {} : { battery_percent }),
      ...(worn === undefined ? {} : { worn }),
      ...(charging === undefined ? {} : { charging }),
    });
    return { rejections: [], durable };
  }

  /**
   * Who wore the device at `t`. Assignments have the server's time and `t` the device's: by a clock that is hours off, the
   * values of one patient would be another's. Nothing was measured later than it came.
   */
  #wearer({ device, skew }: Origin, t: EpochMs, received: EpochMs): PatientId | null {
    return this.#options.registry.patientAt(device, Math.min(t - skew, received));
  }

  /** Device to patient by the assignment in force at each sample's time. */
  #assign(origin: Origin, samples: readonly Sample[], received: EpochMs): AssignedSamples[] {
    const [first] = samples;
    if (!first) return [];
    const patient = this.#wearer(origin, first.t, received);
    if (samples.every(({ t }) => this.#wearer(origin, t, received) === patient))
      return [{ patient, samples }];
    const byPatient = new Map<PatientId | null, Sample[]>();
    for (const sample of samples) {
      const wearer = this.#wearer(origin, sample.t, received);
      const of = byPatient.get(wearer);
      if (of) of.push(sample);
      else byPatient.set(wearer, [sample]);
    }
    return [...byPatient].map(([wearer, of]) => ({ patient: wearer, samples: of }));
  }
}
