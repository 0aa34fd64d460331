import { setPriority } from 'node:os';
import type { BackoffOptions } from '../../../src/core/backoff.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { quietCpuUs } from '../cost/quiet.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { Connected } from '../load/load-messages.ts';
import type { Subject } from '../subjects/subject.ts';

/** Longer than the server's own work after the last connection or disconnection: log, audit, presence. */
const QUIET_WITHIN_MS = 10_000;

export interface ReturningFleetOptions {
  readonly subject: Subject;
  /** The root, as a path. */
  readonly ca: string;
  readonly peers: string;
  readonly first: number;
  readonly count: number;
  /** Handshakes under way at once. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  /** All come in their own time, after a pause by chance, and again when they are turned away. Absent: one after the other. */
  readonly backoff?: BackoffOptions;
  /** Runs only where no other load wants to: others' latencies are not to be its own. */
  readonly isPolite?: boolean;
}

export type Handshake = 'full' | 'resumed';

export interface HandshakeBlock {
  /** User and system time of the subject a connection, from its accept until nothing is left to do for it. Microseconds. */
  readonly cpuUs: number;
  readonly connected: Connected;
}

/** Devices that are dropped and come back, with the TLS sessions that they had or without. */
export class ReturningFleet implements AsyncDisposable {
  readonly #options: ReturningFleetOptions;
  readonly #load = new LoadGenerator();
  readonly #stop = (): void => void this[Symbol.asyncDispose]();

  constructor(options: ReturningFleetOptions) {
    this.#options = options;
    const { pid } = this.#load;
    if (options.isPolite === true && pid !== undefined) setPriority(pid, 19);
    // What the load does cannot be called off; that it ends, rejects what waits for it.
    options.signal.addEventListener('abort', this.#stop);
  }

  /** All are gone at once, without a word. */
  async leave(): Promise<void> {
    await this.#load.call('drop', null);
  }

  /**
   * All come back. Resolves when the last one is let in.
   * @throws CodedError `bench_not_resumed` where a session is not taken up again that was to be
   */
  async comeBack(handshake: Handshake): Promise<Connected> {
    const { subject, ca, peers, first, count, atOnce, backoff } = this.#options;
    const { port, dialect } = subject;
    const isResumed = handshake === 'resumed';
    const connected = await this.#load.call('connect', {
      ...{ port, ca, peers, first, count, dialect, atOnce, resume: isResumed },
      ...(backoff === undefined ? {} : { backoff }),
    });
    if (connected.resumed !== (isResumed ? count : 0)) {
      const why = `${connected.resumed} of ${count} connections to ${subject.name} were resumed, of ${handshake} handshakes`;
      throw new CodedError('bench_not_resumed', why);
    }
    return connected;
  }

  /** All leave and come back. Gives what it took to let in each, without the end of what was before. */
  async block(handshake: Handshake): Promise<HandshakeBlock> {
    const { subject, count, signal } = this.#options;
    await this.leave();
    const before = await quietCpuUs(subject.pid, QUIET_WITHIN_MS, signal);
    const connected = await this.comeBack(handshake);
    const cpuUs = ((await quietCpuUs(subject.pid, QUIET_WITHIN_MS, signal)) - before) / count;
    return { cpuUs, connected };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#stop);
    await this.#load[Symbol.asyncDispose]();
  }
}
