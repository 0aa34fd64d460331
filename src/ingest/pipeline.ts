import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import type { CodedError } from '../core/coded-error.ts';
import type { Journal, Ticket } from '../journal/journal.ts';
import type { DeviceId, PatientId, StreamId } from '../model/ids.ts';
import type { AssignedSamples, TelemetryRecord } from '../model/record.ts';
import type { Sample } from '../model/sample.ts';
import type { StatusFrame, VitalsFrame, WaveformFrame } from '../protocol/device-frames.ts';
import { type PlainVitals, SAMPLES_TEXT } from '../protocol/vitals-json.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';
import type { DevicePlace } from './device-place.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { RecordingGate } from './recording-gate.ts';
import { type CheckedSamples, checkSamples, type Rejection } from './sample-check.ts';
import { VitalsLine } from './vitals-line.ts';
import { checkWaveform } from './waveform-check.ts';
import { Wearer } from './wearer.ts';

/** What carries a number of the stream. */
export type StreamFrame = VitalsFrame | WaveformFrame | StatusFrame;

/** Where a frame comes from. */
export interface Origin {
  readonly device: DeviceId;
  readonly stream: StreamId;
  readonly seq: number;
  /** Where its samples are judged, and what its lines in the journal begin with: the same for all that one connection sends. */
  readonly place: DevicePlace;
  readonly line: VitalsLine;
  readonly wearer: Wearer;
  /** Device clock minus server clock at `hello`, 0 when within the tolerated skew. */
  readonly skew: number;
}

/** Samples of a frame, or all of it where `samples` is absent, that will never be stored. */
export type FrameRejection = Omit<Rejection, 'samples'> & { readonly samples?: number[] };

/** What is still to be done with a frame: it may have been heard before, or nothing may be recorded now. */
export type Due = 'hearing_and_recording' | 'hearing' | 'recording';

/** What became of a frame. */
export interface Taken {
  /** Why parts of it were refused: told with the recording, so that the device hears it once. */
  readonly rejections: readonly FrameRejection[];
  /** With which the rest is durable (see `Journal.enqueue`); null: it was not handed to the journal, or refused there. */
  readonly ticket: Ticket | null;
  /** Why the journal refused it. */
  readonly refusal: CodedError | null;
}

const HEARD_ONLY: Taken = { rejections: [], ticket: null, refusal: null };

export interface PipelineOptions {
  readonly registry: Registry;
  readonly journal: Journal;
  readonly bus: Bus;
  readonly desk: AlarmDesk;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  /** Told when `gate.isOverrun` changes. */
  readonly onOverrun?: (overrun: boolean) => void;
  /** Samples older than this are refused. */
  readonly retentionMs: number;
}

/**
 * The one place where the order of the stages is written: check, assign, hand to the journal (recording), evaluate alarms
 * and relay (hearing). Alarms are evaluated beside the append and never wait for the disk; the caller acks when the ticket
 * is durable. Of a frame that comes twice, because the journal took nothing the first time, each half is done once.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  /** Whether frames can be recorded now. */
  readonly gate: RecordingGate;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.gate = new RecordingGate(options.journal, options.clock, options.onOverrun);
  }

  /** For a connection to keep, and to give along with what it sends. */
  kept(device: DeviceId, stream: StreamId): Pick<Origin, 'place' | 'line' | 'wearer'> {
    const { desk, registry } = this.#options;
    return {
      place: desk.placeOf(device),
      line: new VitalsLine(device, stream),
      wearer: new Wearer(registry, device),
    };
  }

  /** Takes a frame of a stream, whose number is the next of what is due. */
  take(origin: Origin, frame: StreamFrame, due: Due): Taken {
    switch (frame.type) {
      case 'vitals':
        return this.#vitals(origin, frame, due);
      case 'waveform':
        return this.#waveform(origin, frame, due);
      case 'status':
        return this.#status(origin, frame, due);
    }
  }

  #vitals(origin: Origin, frame: VitalsFrame, due: Due): Taken {
    const raw: readonly unknown[] = frame.samples;
    const { clock, metrics, retentionMs } = this.#options;
    const { device, stream, seq, skew } = origin;
    const received = clock.now();
    const checked = checkSamples(raw, received, retentionMs);
    const parts = this.#assign(origin, checked.samples, received);
    const taken: Taken =
      due === 'hearing'
        ? HEARD_ONLY
        : this.#record(
            checked.rejections,
            { kind: 'vitals', device, stream, seq, skew, received, parts },
            lineOf(origin, frame, checked, parts, received),
          );
    if (due === 'recording') return taken;
    metrics.samples(checked.samples.length, raw.length - checked.samples.length);
    this.#hear(origin, checked, parts, received);
    return taken;
  }

  #hear(
    origin: Origin,
    { samples: good, impossible, remainders }: CheckedSamples,
    parts: readonly AssignedSamples[],
    received: EpochMs,
  ): void {
    const { desk, bus } = this.#options;
    const { device, skew } = origin;
    for (const { vital, t } of impossible) {
      desk.impossible({ device, patient: this.#wearer(origin, t, received), received, skew }, vital, t);
    }
    const heard = remainders.length === 0 ? parts : this.#assign(origin, [...good, ...remainders], received);
    for (const { patient, samples } of heard)
      desk.evaluate({ device, patient, samples, received, skew }, origin.place);
    for (const { patient, samples } of parts) {
      if (patient !== null) bus.publishVitals({ patient, device, samples, received, skew });
    }
  }

  #waveform(origin: Origin, frame: WaveformFrame, due: Due): Taken {
    const { clock, bus, retentionMs } = this.#options;
    const { device, stream, seq, skew } = origin;
    const received = clock.now();
    const checked = checkWaveform(frame, received, retentionMs);
    if (!checked.ok) {
      if (due === 'hearing') return HEARD_ONLY;
      const { code, message } = checked;
      // Its number is consumed all the same, and acked like any other.
      return this.#record([{ code, message }], { kind: 'consumed', device, stream, seq, skew, received });
    }
    const { waveform } = checked;
    const patient = this.#wearer(origin, waveform.t, received);
    const taken: Taken =
      due === 'hearing'
        ? HEARD_ONLY
        : this.#record([], { kind: 'waveform', device, stream, seq, skew, received, patient, ...waveform });
    if (due !== 'recording' && patient !== null) bus.publishWaveform({ patient, device, ...waveform });
    return taken;
  }

  #status(origin: Origin, { battery_percent, worn, charging }: StatusFrame, due: Due): Taken {
    if (due === 'hearing') return HEARD_ONLY;
    const { device, stream, seq, skew } = origin;
    return this.#record([], {
      kind: 'status',
      ...{ device, stream, seq, skew },
      received: this.#options.clock.now(),
      ...(battery_percent === undefined ? {} : { battery_percent }),
      ...(worn === undefined ? {} : { worn }),
      ...(charging === undefined ? {} : { charging }),
    });
  }

  /** Never throws: what the journal refuses is heard all the same. */
  #record(rejections: readonly FrameRejection[], record: TelemetryRecord, line?: string): Taken {
    try {
      return { rejections, ticket: this.#options.journal.enqueue(record, line), refusal: null };
    } catch (refusal) {
      return { rejections, ticket: null, refusal: refusal as CodedError };
    }
  }

  /**
   * Who wore the device at `t`. Assignments have the server's time and `t` the device's: by a clock that is hours off, the
   * values of one patient would be another's. Nothing was measured later than it came.
   */
  #wearer({ wearer, skew }: Origin, t: EpochMs, received: EpochMs): PatientId | null {
    return wearer.at(Math.min(t - skew, received));
  }

  /** Device to patient by the assignment in force at each sample's time. */
  #assign(origin: Origin, samples: readonly Sample[], received: EpochMs): AssignedSamples[] {
    const [first] = samples;
    if (!first) return [];
    const patient = this.#wearer(origin, first.t, received);
    // One moment a frame, as nearly all wearables send them.
    if (samples.length === 1) return [{ patient, samples }];
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

/** The record as JSON, where it is cheap to have: the samples stand in it as they came. */
function lineOf(
  { seq, skew, line }: Origin,
  frame: VitalsFrame & Partial<PlainVitals>,
  { rejections }: CheckedSamples,
  parts: readonly AssignedSamples[],
  received: EpochMs,
): string | undefined {
  const samples = frame[SAMPLES_TEXT];
  const [part] = parts;
  if (samples === undefined || rejections.length > 0 || parts.length > 1 || part === undefined)
    return undefined;
  return line.of(seq, skew, received, part.patient, samples);
}
