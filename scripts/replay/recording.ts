import type { EpochMs } from '../../src/core/clock.ts';
import type { Quality } from '../../src/model/sample.ts';
import type { Signal } from '../../src/model/signal.ts';
import type { Vital } from '../../src/model/vital.ts';

export type RecordingKind =
  | 'monitor_numerics'
  | 'monitor_waveforms'
  | 'empatica'
  | 'mapped_columns'
  | 'simulated';

/** One moment of a recording. At least one value is present. */
export interface RecordedSample {
  /** Milliseconds after the recording's start; a recording may begin before it. */
  readonly offsetMs: number;
  readonly values: Readonly<Partial<Record<Vital, number>>>;
  readonly quality?: Quality;
}

/** A piece of a recorded trace: value i was measured at offsetMs + 1000 * i / rateHz. */
export interface RecordedChunk {
  readonly offsetMs: number;
  readonly signal: Signal;
  readonly rateHz: number;
  readonly values: readonly number[];
}

/** What one device recorded, in time order. */
export interface Recording {
  /** Of the file or folder, fit to be part of a device id. */
  readonly name: string;
  readonly kind: RecordingKind;
  readonly paths: readonly string[];
  /** When it was recorded, where the file says so; the offsets count from here. */
  readonly recordedAt: EpochMs | null;
  /** Offset of the last moment. */
  readonly durationMs: number;
  readonly samples: readonly RecordedSample[];
  readonly waveforms: readonly RecordedChunk[];
}

/** Puts a recording together; samples and chunks need not be in order. */
export function makeRecording(
  parts: Omit<Recording, 'durationMs' | 'waveforms' | 'samples'> &
    Partial<Pick<Recording, 'samples' | 'waveforms'>>,
): Recording {
  const samples = [...(parts.samples ?? [])].sort((a, b) => a.offsetMs - b.offsetMs);
  const waveforms = [...(parts.waveforms ?? [])].sort((a, b) => a.offsetMs - b.offsetMs);
  const ends = waveforms.map(({ offsetMs, values, rateHz }) => offsetMs + (1000 * values.length) / rateHz);
  const durationMs = ends.reduce((most, end) => Math.max(most, end), samples.at(-1)?.offsetMs ?? 0);
  return { ...parts, samples, waveforms, durationMs };
}

/** Vitals and signals that occur in a recording. */
export function contentOf(recording: Recording): ReadonlySet<Vital | Signal> {
  const content = new Set<Vital | Signal>();
  for (const { values } of recording.samples)
    for (const vital of Object.keys(values)) content.add(vital as Vital);
  for (const { signal } of recording.waveforms) content.add(signal);
  return content;
}

/** Values in the recording's samples: what a store must hold after a replay. */
export function valueCount(recording: Recording): number {
  return recording.samples.reduce((sum, { values }) => sum + Object.keys(values).length, 0);
}
