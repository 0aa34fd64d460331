import { CodedError } from '../../../src/core/coded-error.ts';
import { quietCpuUs } from '../cost/quiet.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import { RELAY_ENDS } from '../relay/relay-ends-entry.ts';
import type { CliniciansRequest, DevicesRequest, RelayCalls } from '../relay/relay-messages.ts';

const QUIET_WITHIN_MS = 3_000;

export interface AudienceOptions {
  readonly name: string;
  /** The process that relays. */
  readonly pid: number;
  readonly devices: DevicesRequest;
  /** Whom the clinicians are taken from, one after the other. */
  readonly clinicians: Omit<CliniciansRequest, 'first' | 'count'>;
}

export interface FanOutBlock {
  readonly clinicians: number;
  /** User and system time of all threads of the relay for one frame and all who are relayed it. Microseconds. */
  readonly cpuUs: number;
}

/** A relay with wearables (or whoever publishes) at one end and a growing number of clinicians at the other. */
export class Audience implements AsyncDisposable {
  readonly name: string;
  readonly #options: AudienceOptions;
  readonly #ends = new LoadGenerator<RelayCalls>(RELAY_ENDS);
  #size = 0;
  #messagesEach = 1;
  #blocks = 0;

  private constructor(options: AudienceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** @throws CodedError `load_failed` */
  static async open(options: AudienceOptions): Promise<Audience> {
    const audience = new Audience(options);
    try {
      await audience.#ends.call('devices', options.devices);
      await audience.grow(1);
      return audience;
    } catch (error) {
      await audience[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Until it has `size` clinicians. */
  async grow(size: number): Promise<void> {
    if (size <= this.#size) return;
    const some = { first: this.#size, count: size - this.#size };
    await this.#ends.call('clinicians', { ...this.#options.clinicians, ...some });
    this.#size = size;
  }

  /** What a clinician is relayed of one frame. @throws CodedError `bench_lost`: nothing */
  async sample(): Promise<readonly string[]> {
    const texts = await this.#ends.call('sample', null);
    if (texts.length === 0) throw new CodedError('bench_lost', `${this.name} relayed nothing`);
    this.#messagesEach = texts.length;
    return texts;
  }

  /** @throws CodedError `bench_lost`: a message did not arrive */
  async block(frames: number, rate: number, signal: AbortSignal): Promise<FanOutBlock> {
    const { pid } = this.#options;
    await quietCpuUs(pid, QUIET_WITHIN_MS, signal);
    const before = cpuTimeUs(pid);
    this.#blocks += 1;
    const plan = { frames, rate, seed: this.#blocks, messagesEach: this.#messagesEach, timed: false };
    const { heard } = await this.#ends.call('run', plan);
    const used = (await quietCpuUs(pid, QUIET_WITHIN_MS, signal)) - before;
    const expected = frames * this.#messagesEach * this.#size;
    if (heard < expected)
      throw new CodedError('bench_lost', `${this.name}: of ${expected} messages ${heard} arrived`);
    return { clinicians: this.#size, cpuUs: used / frames };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends[Symbol.asyncDispose]();
  }
}
