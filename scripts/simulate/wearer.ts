import type { CommandHandler } from '../../src/client/device-client-options.ts';
import { type Clock, type EpochMs, sleep } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import type { CommandName } from '../../src/model/device-command.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Member } from './crowd.ts';
import { LiveTraces } from './live-traces.ts';
import type { SyntheticChunk, SyntheticSignal } from './waveform-source.ts';

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
const STATUS_EVERY_MS = 60_000;

/** A simulated person with a wearable: measures on the clock's beat, streams traces, and does as it is told. */
export class Wearer {
  readonly #options: WearerOptions;
  readonly #traces: LiveTraces;
  #intervalMs: number;
  #samples = 0;
  #chunks = 0;

  constructor(options: WearerOptions) {
    this.#options = options;
    const { member, startAt, signals } = options;
    this.#traces = new LiveTraces({ person: member.person, seed: member.seed, startAt, signals });
    this.#intervalMs = options.intervalMs;
  }

  get sent(): { readonly samples: number; readonly chunks: number } {
    return { samples: this.#samples, chunks: this.#chunks };
  }

  /** Handlers of the commands a device can be given, for its client. */
  get commands(): Readonly<Record<CommandName, CommandHandler>> {
    return {
      identify: () => 'blinking',
      set_interval: ({ interval_ms: ms }) => {
        if (typeof ms !== 'number' || !(ms >= INTERVAL_MS.least && ms <= INTERVAL_MS.most))
          throw new CodedError(
            'invalid_interval',
            `interval_ms ${JSON.stringify(ms)} is not a number from ${INTERVAL_MS.least} to ${INTERVAL_MS.most}`,
          );
        this.#intervalMs = ms;
        return `measuring every ${ms} ms`;
      },
      ...this.#traces.commands,
    };
  }

  /** Sends until `until` (exclusive). A moment that the process was too busy for is sent late, not left out. */
  async run(client: WearerClient, until: EpochMs, signal: AbortSignal): Promise<void> {
    const { clock, startAt, member } = this.#options;
    let next = startAt;
    let nextStatus = startAt;
    while (next < until) {
      const now = clock.now();
      const samples: Sample[] = [];
      for (; next <= now && next < until; next += this.#intervalMs) {
        const sample = member.person.sampleAt(next, this.#intervalMs);
        if (sample) samples.push(sample);
      }
      client.sendVitals(samples);
      this.#samples += samples.length;
      for (const chunk of this.#traces.take(now)) {
        client.sendWaveform(chunk);
        this.#chunks += 1;
      }
      for (; nextStatus <= now; nextStatus += STATUS_EVERY_MS)
        client.sendStatus({ battery_percent: batteryAt(member.seed, nextStatus - startAt), worn: true });
      if (next >= until) return;
      const wake = Math.min(next, this.#traces.due);
      await sleep(clock, Math.max(0, wake - clock.now()), signal);
    }
  }
}

/** A battery that lasts about two days and was not full to begin with. */
function batteryAt(seed: number, offsetMs: number): number {
  return Math.max(1, Math.round(60 + (seed % 41) - offsetMs / (2 * 864_000)));
}
