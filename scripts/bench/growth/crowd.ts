import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { BlockCount } from '../benchmark.ts';
import type { LatencySummary } from '../load/latency-histogram.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { LoadCounts, LoadRun } from '../load/load-messages.ts';
import { cpuTimeUs, residentKiB } from '../machine/cpu-time.ts';
import type { Subject } from '../subjects/subject.ts';

/** Handshakes under way at once: enough that neither side waits for the other. */
const AT_ONCE = 32;
const DRAINED_WITHIN_MS = 15_000;
const LOOK_MS = 20;

export interface CrowdOptions {
  readonly subject: Subject;
  /** The root, as a path. */
  readonly ca: string;
  readonly peers: string;
  /** The peer of the first connection. */
  readonly first: number;
  readonly signal: AbortSignal;
}

/** What a block of frames cost. */
export interface CrowdBlock extends Pick<BlockCount, 'acked' | 'journaled'> {
  /** User and system time of the subject a frame, in microseconds. */
  readonly cpuUs: number;
  /** How many frames an ack stood for; null: none came while CPU was taken. */
  readonly framesAnAck: number | null;
  readonly run: LoadRun;
}

/** What a process holds in memory, in KiB. */
export interface CrowdMemory {
  /** As it is after a pause. */
  readonly resident: number;
  /** The same once its garbage is collected. */
  readonly collected: number;
}

/** Many connections to one subject, kept open and added to, from a load process of their own. */
export class Crowd implements AsyncDisposable {
  readonly #options: CrowdOptions;
  readonly #load = new LoadGenerator();
  readonly #stop = (): void => void this[Symbol.asyncDispose]();
  #connected = 0;
  #accounted = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    // What the load does cannot be called off; that it ends, rejects what waits for it.
    options.signal.addEventListener('abort', this.#stop);
  }

  get name(): string {
    return this.#options.subject.name;
  }

  /** @param ackIntervalMs of those that are added, when it is not the subject's */
  async growTo(count: number, ackIntervalMs?: number): Promise<void> {
    const { subject, ca, peers, first } = this.#options;
    const { port } = subject;
    const dialect =
      ackIntervalMs === undefined ? subject.dialect : ({ name: 'product', ackIntervalMs } as const);
    const more = { first: first + this.#connected, count: count - this.#connected };
    await this.#load.call('connect', { port, ca, peers, dialect, ...more, atOnce: AT_ONCE, resume: false });
    this.#connected = count;
  }

  /** All are gone, without a word: others may come in their place. */
  async leave(): Promise<void> {
    await this.#load.call('drop', null);
    [this.#connected, this.#accounted] = [0, 0];
  }

  /**
   * Sends `rate` frames a second for `warmS + seconds`, and takes the CPU time of the last `seconds`, when as much is
   * acked and stored as comes. Resolves when all of it is acked.
   */
  async block(plan: { rate: number; warmS: number; seconds: number }): Promise<CrowdBlock> {
    const { subject, signal } = this.#options;
    const { rate, warmS, seconds } = plan;
    const running = this.#load.call('run', { rate, seconds: warmS + seconds });
    // Awaited below; it may fail before.
    running.catch(() => {});
    await sleep(systemClock(), warmS * 1_000, signal);
    const profiled = subject.profile?.begin();
    const [cpu, { sent, acks }] = [cpuTimeUs(subject.pid), await this.#load.call('counts', null)];
    const run = await running;
    const frames = run.sent - sent;
    const cpuUs = (cpuTimeUs(subject.pid) - cpu) / frames;
    profiled?.(`${rate} frames/s, ${this.#connected} connections`, frames);
    const framesAnAck = run.acks === acks ? null : frames / (run.acks - acks);
    return { cpuUs, framesAnAck, run, acked: await this.settled(), journaled: await subject.journaled() };
  }

  /** Sends for `seconds`, and waits for no ack. */
  run(plan: { rate: number; seconds: number }): Promise<LoadRun> {
    return this.#load.call('run', plan);
  }

  /**
   * Resolves when all that was sent is acked (of a baseline: is taken), with how many frames those are since the last
   * time. @throws CodedError `bench_incomplete`
   */
  async settled(): Promise<number> {
    const { subject } = this.#options;
    const counts = await this.#drained();
    const { sent, acked, troubles } = counts;
    if (acked < sent || troubles.length > 0) {
      const why = `${subject.name}: ${acked} of ${sent} frames were acked; ${troubles.join('; ')}`;
      throw new CodedError('bench_incomplete', why);
    }
    const since = acked - this.#accounted;
    this.#accounted = acked;
    return since;
  }

  /** Of the last run's frames, until their acks; once it is settled all of them are in it. */
  latency(): Promise<LatencySummary> {
    return this.#load.call('latency', null);
  }

  journaled(): Promise<number | null> {
    return this.#options.subject.journaled();
  }

  /** What the subject holds, which was started with COLLECTS. @param quietMs after which nothing of what it was asked for goes on */
  async memory(quietMs: number): Promise<CrowdMemory> {
    const { subject, signal } = this.#options;
    await sleep(systemClock(), quietMs, signal);
    const resident = residentKiB(subject.pid);
    process.kill(subject.pid, 'SIGUSR2');
    await sleep(systemClock(), quietMs, signal);
    return { resident, collected: residentKiB(subject.pid) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#stop);
    await this.#load[Symbol.asyncDispose]();
  }

  async #drained(): Promise<LoadCounts> {
    const { subject, signal } = this.#options;
    if ((await subject.taken()) === null)
      return await this.#load.call('drain', { withinMs: DRAINED_WITHIN_MS });
    const until = performance.now() + DRAINED_WITHIN_MS;
    for (;;) {
      const counts = await this.#load.call('counts', null);
      const acked = (await subject.taken()) ?? 0;
      if (acked >= counts.sent || performance.now() > until) return { ...counts, acked };
      await sleep(systemClock(), LOOK_MS, signal);
    }
  }
}
