import type { CommandHandler } from '../../src/client/device-client-options.ts';
import { type Clock, type EpochMs, sleep } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import type { CommandName } from '../../src/model/device-command.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Member } from './crowd.ts';
import { isSynthetic, type SyntheticChunk, type SyntheticSignal, WaveformSource } from './waveform-source.ts';

/** What a wearer needs of a device client. */
export interface WearerClient {
  sendVitals(samples: readonly Sample[]): void;
  sendWaveform(chunk: SyntheticChunk): void;
  sendStatus(status: { battery_percent?: number; worn?: boolean; charging?: boolean }): void;
}

export interface WearerOptions {
  readonly member: Member;
  readonly clock: Clock;
  readonly startAt: EpochMs;
  readonly intervalMs: number;
  readonly signals: readonly SyntheticSignal[];
}

/** The slowest and fastest a wearable can be told to measure. */
const INTERVAL_MS = { least: 100, most: 3_600_000 };
const CHUNK_MS = 1_000;
const STATUS_EVERY_MS = 60_000;

/** A simulated person with a wearable: measures on the clock's beat, streams traces, and does as it is told. */
export class Wearer {
  readonly #options: WearerOptions;
  readonly #traces: WaveformSource;
  readonly #signals: Set<SyntheticSignal>;
  #intervalMs: number;
  #samples = 0;
  #chunks = 0;

  constructor(options: WearerOptions) {
    this.#options = options;
    this.#traces = new WaveformSource(options.member.person, options.member.seed);
    this.#signals = new Set(options.signals);
    this.#intervalMs = options.intervalMs;
  }

  get sent(): { readonly samples: number; readonly chunks: number } {
    return { samples: this.#samples, chunks: this.#chunks };
  }

  /** Handlers of the commands a device can be given, for its client. */
  get commands(): Readonly<Record<CommandName, CommandHandler>> {
    return {
      identify: () => 'blinking',
      set_interval: ({ ms }) => {
        if (typeof ms !== 'number' || !(ms >= INTERVAL_MS.least && ms <= INTERVAL_MS.most))
          throw new CodedError(
            'invalid_interval',
            `ms ${JSON.stringify(ms)} is not a number from ${INTERVAL_MS.least} to ${INTERVAL_MS.most}`,
          );
        this.#intervalMs = ms;
        return `measuring every ${ms} ms`;
      },
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

  /** Sends until `until` (exclusive). A moment that the process was too busy for is sent late, not left out. */
  async run(client: WearerClient, until: EpochMs, signal: AbortSignal): Promise<void> {
    const { clock, startAt, member } = this.#options;
    let next = startAt;
    let nextChunk = startAt;
    let nextStatus = startAt;
    while (next < until) {
      const now = clock.now();
      const samples: Sample[] = [];
      for (; next <= now && next < until; next += this.#intervalMs) {
        const sample = member.person.sampleAt(next);
        if (sample) samples.push(sample);
      }
      client.sendVitals(samples);
      this.#samples += samples.length;
      // A chunk is complete when its last value is measured.
      for (; nextChunk + CHUNK_MS <= now; nextChunk += CHUNK_MS) {
        for (const name of this.#signals) {
          client.sendWaveform(this.#traces.chunk(name, nextChunk, CHUNK_MS));
          this.#chunks += 1;
        }
      }
      for (; nextStatus <= now; nextStatus += STATUS_EVERY_MS)
        client.sendStatus({ battery_percent: batteryAt(member.seed, nextStatus - startAt), worn: true });
      if (next >= until) return;
      const wake = this.#signals.size > 0 ? Math.min(next, nextChunk + CHUNK_MS) : next;
      await sleep(clock, Math.max(0, wake - clock.now()), signal);
    }
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

/** A battery that lasts about two days and was not full to begin with. */
function batteryAt(seed: number, offsetMs: number): number {
  return Math.max(1, Math.round(60 + (seed % 41) - offsetMs / (2 * 864_000)));
}
