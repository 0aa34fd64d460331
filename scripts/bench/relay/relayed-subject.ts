import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { BlockCount } from '../benchmark.ts';
import { latenessOf } from '../cost/alternating.ts';
import { LoadedSubject, type Wearers, type Witness } from '../cost/loaded-subject.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { Subject } from '../subjects/subject.ts';
import { RELAY_ENDS } from './relay-ends-entry.ts';
import type { CliniciansRequest, DevicesRequest, RelayCalls } from './relay-messages.ts';

/** The load runs before the first frame is timed, and after the last. */
const MARGIN_MS = 200;

export interface RelayedOptions {
  readonly subject: Subject;
  readonly witness: Witness;
  readonly wearers: Wearers;
  readonly devices: DevicesRequest;
  readonly clinician: CliniciansRequest;
}

export interface RelayBlockPlan {
  /** Frames a second of the load. */
  readonly rate: number;
  readonly seconds: number;
  /** Relayed frames a second. */
  readonly relayed: number;
  readonly seed: number;
}

export interface RelayBlock extends BlockCount {
  readonly latency: LatencySummary;
  /** How late whoever sent was, at the worse of its p99. Milliseconds. */
  readonly lateMs: number;
}

/** A relay under load, with a process of its own for both ends of what is relayed. */
export class RelayedSubject implements AsyncDisposable {
  readonly #options: RelayedOptions;
  readonly #load: LoadedSubject;
  readonly #ends = new LoadGenerator<RelayCalls>(RELAY_ENDS);

  private constructor(options: RelayedOptions, load: LoadedSubject) {
    this.#options = options;
    this.#load = load;
  }

  /** @throws CodedError `load_failed` */
  static async open(options: RelayedOptions): Promise<RelayedSubject> {
    const { subject, wearers, witness, devices, clinician } = options;
    // What is relayed is in the journal beside the load: both are counted here.
    const loaded = { ...subject, journaled: async () => null };
    const relayed = new RelayedSubject(options, await LoadedSubject.connect(loaded, { ...wearers, witness }));
    try {
      await relayed.#ends.call('clinicians', clinician);
      await relayed.#ends.call('devices', devices);
      return relayed;
    } catch (error) {
      await relayed[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @throws CodedError `bench_lost`: a frame was not relayed, or is not in the journal */
  async block({ rate, seconds, relayed, seed }: RelayBlockPlan, signal: AbortSignal): Promise<RelayBlock> {
    const { subject } = this.#options;
    const load = this.#load.block({ rate, seconds }, signal);
    // Told below: it may fail while the first frame is waited for.
    load.catch(() => {});
    await sleep(systemClock(), MARGIN_MS, signal);
    const frames = Math.max(1, Math.round((seconds - (2 * MARGIN_MS) / 1_000) * relayed));
    const plan = { rate: relayed, frames, seed, messagesEach: 1, timed: true };
    const { latency, late, missing, sent } = await this.#ends.call('run', plan);
    const block = await load;
    const journaled = await subject.journaled();
    if (missing > 0) throw lost(subject, `${missing} of ${sent} frames were not relayed`);
    if (journaled !== null && journaled !== block.acked + sent)
      throw lost(
        subject,
        `${block.acked} frames of the load and ${sent} relayed are ${journaled} in the journal`,
      );
    return {
      ...{ subject: subject.name, acked: block.acked + (journaled === null ? 0 : sent), journaled, latency },
      lateMs: Math.max(latenessOf(block), quantileOf(late, 99)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends[Symbol.asyncDispose]();
    await this.#load[Symbol.asyncDispose]();
  }
}

function lost({ name }: Subject, why: string): CodedError {
  return new CodedError('bench_lost', `${name}: ${why}`);
}
