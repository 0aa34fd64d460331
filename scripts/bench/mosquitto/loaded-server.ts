import { CodedError } from '../../../src/core/coded-error.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import type { Subject } from '../subjects/subject.ts';

/** Longer than a device waits for an ack at most. */
const ACKED_WITHIN_MS = 20_000;
const HANDSHAKES_AT_ONCE = 50;

export interface BlockOptions {
  /** Frames a second of all connections. */
  readonly rate: number;
  readonly seconds: number;
  /** Resolves when whoever is to hear of `frames` more has: it is part of what is measured. */
  readonly delivered?: (frames: number) => Promise<void>;
}

/** What one block measured. */
export interface Block {
  readonly acked: number;
  readonly journaled: number | null;
  /** CPU of the server, all its threads. Microseconds. */
  readonly usPerFrame: number;
}

/** A server with ever more wearables connected to it. */
export class LoadedServer {
  readonly #subject: Subject;
  readonly #load: LoadGenerator;
  #connections = 0;
  #connectingUs = 0;

  constructor(subject: Subject, load: LoadGenerator) {
    this.#subject = subject;
    this.#load = load;
  }

  /** CPU of the server for a full handshake, upgrade and whatever lets a device in. */
  get msPerConnection(): number {
    return this.#connectingUs / this.#connections / 1_000;
  }

  /** Connects until there are so many. @param target paths of the root's certificate and of what `enrolPeers` left @throws CodedError `load_failed` */
  async connect(target: {
    readonly ca: string;
    readonly peers: string;
    readonly connections: number;
  }): Promise<void> {
    const { ca, peers, connections } = target;
    const [first, cpu] = [this.#connections, cpuTimeUs(this.#subject.pid)];
    await this.#load.call('connect', {
      ...{ port: this.#subject.port, ca, peers, first, count: connections - first },
      ...{ dialect: this.#subject.dialect, atOnce: HANDSHAKES_AT_ONCE, resume: false },
    });
    this.#connections = connections;
    this.#connectingUs += cpuTimeUs(this.#subject.pid) - cpu;
  }

  /** @throws CodedError `bench_not_acked`, `bench_not_journaled`, `load_refused`: what such a block measured means nothing */
  async block({ rate, seconds, delivered }: BlockOptions): Promise<Block> {
    const { name, pid } = this.#subject;
    const before = await this.#load.call('counts', null);
    const profiled = this.#subject.profile?.begin();
    const cpu = cpuTimeUs(pid);
    await this.#load.call('run', { rate, seconds });
    const { sent, acked, troubles } = await this.#load.call('drain', { withinMs: ACKED_WITHIN_MS });
    if (troubles[0] !== undefined) throw new CodedError('load_refused', `${name}: ${troubles[0]}`);
    if (acked !== sent) throw new CodedError('bench_not_acked', `${name} acked ${acked} of ${sent} frames`);
    const frames = sent - before.sent;
    await delivered?.(frames);
    const usPerFrame = (cpuTimeUs(pid) - cpu) / frames;
    profiled?.(`${rate} frames/s, ${this.#connections} connections`, frames);
    const journaled = await this.#subject.journaled();
    if (journaled !== null && journaled !== frames)
      throw new CodedError(
        'bench_not_journaled',
        `${name} acked ${frames} frames and journaled ${journaled}`,
      );
    return { acked: frames, journaled, usPerFrame };
  }
}
