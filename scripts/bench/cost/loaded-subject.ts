import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { BlockCount } from '../benchmark.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { LoadRun } from '../load/load-messages.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import type { Subject } from '../subjects/subject.ts';
import { quietCpuUs } from './quiet.ts';

export interface Wearers {
  /** The root of the server's certificate: path of a PEM file. */
  readonly ca: string;
  /** As `enrolPeers` leaves them. */
  readonly peers: string;
  readonly count: number;
}

/** Who says how many frames of a block a subject has taken. */
export type Witness =
  /** Every frame is acked. */
  | 'acks'
  /** It acks nothing; its own count of frames is asked. */
  | 'taken'
  /** It acks nothing and counts bytes: when it has come to rest it has all of them. */
  | 'rest'
  /** It acks nothing, and has a journal. */
  | 'journal';

export interface LoadedOptions extends Wearers {
  readonly witness: Witness;
  /** Whether everything is done that follows on the last ack. Asked outside of what is measured, if it is at the first time. */
  readonly isDone?: () => Promise<boolean>;
}

/** What frames cost a subject in one block. */
export interface CostBlock extends BlockCount {
  readonly frames: number;
  /** User and system time of all its threads, per frame. Microseconds. */
  readonly cpuUs: number;
  /** Frames acked a second in the time in which they were offered. */
  readonly ackedPerSecond: number;
  readonly run: LoadRun;
}

const HANDSHAKES_AT_ONCE = 20;
const DRAIN_WITHIN_MS = 60_000;
const DRAIN_STEP_MS = 500;
const QUIET_WITHIN_MS = 5_000;
const DONE_ATTEMPTS = 20;
const DONE_PAUSE_MS = 200;

/** A subject with wearables connected to it, which send when they are told to. */
export class LoadedSubject implements AsyncDisposable {
  readonly subject: Subject;
  readonly #load: LoadGenerator;
  readonly #options: LoadedOptions;

  private constructor(subject: Subject, load: LoadGenerator, options: LoadedOptions) {
    this.subject = subject;
    this.#load = load;
    this.#options = options;
  }

  /** @throws CodedError `load_failed` */
  static async connect(subject: Subject, options: LoadedOptions): Promise<LoadedSubject> {
    await using building = new AsyncDisposableStack();
    const load = building.use(new LoadGenerator());
    const { ca, peers, count } = options;
    const { port, dialect } = subject;
    await load.call('connect', {
      ...{ port, ca, peers, first: 0, count, dialect },
      ...{ atOnce: HANDSHAKES_AT_ONCE, resume: false },
    });
    building.move();
    return new LoadedSubject(subject, load, options);
  }

  /**
   * Offers `rate` frames a second for `seconds`, in open loop, and ends when all that they cause is done.
   * @throws CodedError `bench_lost`: a frame that was acked is not in the journal; `bench_not_done`: one was not taken
   */
  async block(
    { rate, seconds }: { readonly rate: number; readonly seconds: number },
    signal: AbortSignal,
  ): Promise<CostBlock> {
    signal.throwIfAborted();
    const { subject } = this;
    const before = await this.#load.call('counts', null);
    const taken = (await subject.taken()) ?? 0;
    const profiled = subject.profile?.begin();
    const cpu = cpuTimeUs(subject.pid);
    const run = await this.#load.call('run', { rate, seconds });
    const sent = run.sent - before.sent;
    await this.#drain(signal);
    profiled?.(`${rate} frames/s, ${this.#options.count} connections`, sent);
    const done = await this.#done({ sent, taken }, signal);
    const { acked: ackedSince, troubles } = await this.#load.call('counts', null);
    const acked = ackedSince - before.acked;
    if (troubles.length > 0) throw lost(subject, `connections ended: ${troubles.join('; ')}`);
    if (this.#options.witness === 'acks' && acked !== sent)
      throw lost(subject, `${sent} frames were sent and ${acked} acked`);
    if (done.journaled !== null && done.journaled !== sent)
      throw lost(subject, `${acked} frames of ${sent} were acked and ${done.journaled} are in the journal`);
    return {
      ...{ subject: subject.name, acked, journaled: done.journaled, frames: sent, run },
      cpuUs: (done.cpuUs - cpu) / sent,
      ackedPerSecond: (run.acked - before.acked) / run.offered.seconds,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load[Symbol.asyncDispose]();
  }

  async #drain(signal: AbortSignal): Promise<void> {
    if (this.#options.witness !== 'acks') return;
    const until = performance.now() + DRAIN_WITHIN_MS;
    while (performance.now() < until) {
      const { sent, acked, troubles } = await this.#load.call('drain', { withinMs: DRAIN_STEP_MS });
      if (acked >= sent || troubles.length > 0) return;
      signal.throwIfAborted();
    }
  }

  /** Waits until all of it is taken, acked and stored. @throws CodedError `bench_not_done` */
  async #done(
    { sent, taken }: { readonly sent: number; readonly taken: number },
    signal: AbortSignal,
  ): Promise<{ readonly cpuUs: number; readonly journaled: number | null }> {
    const { subject } = this;
    const { witness, isDone = async () => true } = this.#options;
    let journaled: number | null = null;
    for (let attempt = 0; attempt < DONE_ATTEMPTS; attempt++) {
      // Before anything is asked: that costs too.
      const cpuUs = await quietCpuUs(subject.pid, QUIET_WITHIN_MS, signal);
      const isAllTaken = witness !== 'taken' || ((await subject.taken()) ?? 0) - taken === sent;
      const found = await subject.journaled();
      if (found !== null) journaled = (journaled ?? 0) + found;
      const isAllJournaled = witness !== 'journal' || journaled === sent;
      if (isAllTaken && isAllJournaled && (await isDone())) return { cpuUs, journaled };
      await sleep(systemClock(), DONE_PAUSE_MS, signal);
    }
    throw new CodedError(
      'bench_not_done',
      `${subject.name} has not finished with the ${sent} frames it was sent`,
    );
  }
}

function lost({ name }: Subject, why: string): CodedError {
  return new CodedError('bench_lost', `${name}: ${why}`);
}
