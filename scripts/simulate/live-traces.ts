import type { CommandHandler } from '../../src/client/device-client-options.ts';
import type { EpochMs } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import type { CommandName } from '../../src/model/device-command.ts';
import type { Person } from './person.ts';
import { isSynthetic, type SyntheticChunk, type SyntheticSignal, WaveformSource } from './waveform-source.ts';

/** How much of a trace goes out at once. Milliseconds. */
const CHUNK_MS = 1_000;

export interface LiveTracesOptions {
  readonly person: Person;
  readonly seed: number;
  readonly startAt: EpochMs;
  /** What is streamed from the beginning, without being asked for. */
  readonly signals: readonly SyntheticSignal[];
}

/** The traces that a simulated wearable streams: those that it was told to start, until it is told to stop. */
export class LiveTraces {
  readonly #source: WaveformSource;
  readonly #signals: Set<SyntheticSignal>;
  #next: EpochMs;

  constructor({ person, seed, startAt, signals }: LiveTracesOptions) {
    this.#source = new WaveformSource(person, seed);
    this.#signals = new Set(signals);
    this.#next = startAt;
  }

  /** When the next chunk is complete; infinite while nothing is streamed. */
  get due(): EpochMs {
    return this.#signals.size > 0 ? this.#next + CHUNK_MS : Number.POSITIVE_INFINITY;
  }

  /** Handlers of the commands that start and stop traces, for the device's client. */
  get commands(): Readonly<Record<Extract<CommandName, 'start_waveform' | 'stop_waveform'>, CommandHandler>> {
    return {
      start_waveform: (args) => {
        for (const signal of signalsOf(args)) this.#signals.add(signal);
        return `streaming ${[...this.#signals].join(', ')}`;
      },
      stop_waveform: (args) => {
        for (const signal of signalsOf(args)) this.#signals.delete(signal);
        return 'stopped';
      },
    };
  }

  /** Chunks that are complete by `now`, in order: a chunk is when its last value is measured. */
  take(now: EpochMs): readonly SyntheticChunk[] {
    const chunks: SyntheticChunk[] = [];
    for (; this.#next + CHUNK_MS <= now; this.#next += CHUNK_MS)
      for (const name of this.#signals) chunks.push(this.#source.chunk(name, this.#next, CHUNK_MS));
    return chunks;
  }
}

/** `signal` or `signals` of a command; none named: the second ECG lead. */
function signalsOf(args: Readonly<Record<string, unknown>>): readonly SyntheticSignal[] {
  const named: unknown = args.signals ?? args.signal ?? 'ecg_ii';
  const signals: readonly unknown[] = Array.isArray(named) ? named : [named];
  return signals.map((name) => {
    if (isSynthetic(name)) return name;
    throw new CodedError('unknown_signal', `signal ${JSON.stringify(name)} is not one this device has`);
  });
}
