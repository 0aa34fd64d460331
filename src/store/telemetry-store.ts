import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type { DeviceMoments } from '../model/moments.ts';
import type { Observation } from '../model/observation.ts';
import type { Signal } from '../model/signal.ts';
import type { Vital } from '../model/vital.ts';
import type { Point } from './point.ts';

/** Whose history: a patient's (all their devices), or a device's while nobody wore it. */
export type Subject = { readonly patient: PatientId } | { readonly device: DeviceId };

export interface VitalsQuery {
  readonly subject: Subject;
  readonly vital: Vital;
  /** Half-open [from, to). */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** At most this many rows, oldest first. */
  readonly limit: number;
}

export interface RawValue {
  readonly t: EpochMs;
  readonly device: DeviceId;
  readonly value: number;
}

/** All values with `t` in [t, t + resolution): buckets are aligned to the epoch; empty ones are left out. */
export interface Bucket {
  readonly t: EpochMs;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly count: number;
}

export interface WaveformQuery {
  readonly subject: Subject;
  readonly signal: Signal;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly limit: number;
}

export interface WaveformValue {
  /** Milliseconds since the epoch, with a fraction where the rate asks for it (microsecond grain). */
  readonly t: number;
  readonly value: number;
}

export interface SamplesQuery {
  readonly subject: Subject;
  /** Half-open [from, to). */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** At most this many moments, of all devices together, oldest first. */
  readonly limit: number;
}

export interface NewestQuery {
  readonly patient: PatientId;
  readonly vital: Vital;
  /** Half-open [from, to). */
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** A stored value with the time it was measured by the server's clock, as near as that is known. */
export interface NewestStored extends RawValue {
  /** The earlier of its own time and, where its device's clock was skewed, that of its receipt. */
  readonly measured: EpochMs;
}

export interface ObservationsQuery {
  readonly patient: PatientId;
  /** Half-open [from, to), of the time it was observed. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** At most this many, the last entered first. */
  readonly limit: number;
}

/**
 * transient: try again. invalid: this data will never be taken. too_large: this much at a time will not, less may be.
 * denied: credentials, database or bucket are wrong.
 */
export type StoreFailure = 'transient' | 'invalid' | 'too_large' | 'denied';

/** Codes: `store_transient`, `store_invalid`, `store_too_large`, `store_denied`. Retry on `failure`, never on the text. */
export class StoreError extends CodedError<`store_${StoreFailure}`> {
  override readonly name = 'StoreError';
  readonly failure: StoreFailure;

  constructor(
    failure: StoreFailure,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(`store_${failure}`, message, options);
    this.failure = failure;
  }
}

/** Where vitals live for good. Writing the same point twice is the same as writing it once. */
export interface TelemetryStore extends AsyncDisposable {
  /** For people and for `demo --json`, e.g. `sqlite` or `influxdb 1.x`. */
  readonly name: string;
  /** How many writes at once are worth it. */
  readonly parallelWrites: number;
  /** Creates what is missing (database, tables) and checks that it can be reached. @throws StoreError */
  open(): Promise<void>;
  /**
   * Resolves when every point is stored. @throws StoreError; with `invalid` and `too_large`, some of the points may be
   * stored. `details.retry_after_s`: for how long the store asks to be left alone.
   */
  write(points: readonly Point[]): Promise<void>;
  values(query: VitalsQuery): Promise<readonly RawValue[]>;
  buckets(query: VitalsQuery & { readonly resolutionMs: number }): Promise<readonly Bucket[]>;
  /** Whole moments, every vital and how far it could be trusted: one list a device, by device id, none of them empty. */
  samples(query: SamplesQuery): Promise<readonly DeviceMoments[]>;
  waveform(query: WaveformQuery): Promise<readonly WaveformValue[]>;
  /**
   * The newest value of a vital that could be trusted, of any of the patient's devices or entered by hand; null: none. After
   * a thousand newer ones that could not be it need not be found.
   */
  newest(query: NewestQuery): Promise<NewestStored | null>;
  /** What people observed and entered. */
  observations(query: ObservationsQuery): Promise<readonly Observation[]>;
  /** Moments stored for a device in [from, to), whoever wore it: how the demo counts what arrived. */
  countSamples(device: DeviceId, from: EpochMs, to: EpochMs): Promise<number>;
}
