import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import type { BlockCount } from '../benchmark.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import type { Subject } from '../subjects/subject.ts';
import type { PostCalls, PostWay } from './post-fleet.ts';

/** How samples reach a server. */
export type Way = 'product' | 'bare' | PostWay;
export const WAYS: readonly Way[] = ['product', 'bare', 'keep_alive', 'new', 'resumed'];
type SocketWay = Extract<Way, 'product' | 'bare'>;

/** What one block of one way cost a sample. */
export interface SampleCost {
  readonly cpuUs: number;
  /** Bytes of the TCP streams, of both directions. */
  readonly bytes: number;
  readonly latency: LatencySummary;
  /** How late the generator was: p99, milliseconds. */
  readonly late: number;
  /** Of the connections, how many resumed a session: null where they stay. */
  readonly resumed: number | null;
  readonly count: BlockCount;
}

export interface DeviceSideOptions {
  readonly product: Subject;
  /** A WebSocket server that acks each frame and does nothing else. */
  readonly bare: Subject;
  /** An HTTPS server that answers each POST and does nothing else. */
  readonly posted: Subject;
  /** The server's certificates. */
  readonly certs: string;
  readonly peers: string;
  readonly devices: number;
}

const DRAIN_WITHIN_MS = 10_000;
/** Until the store has the last samples too. */
const SETTLE_MS = 150;
const HANDSHAKES_AT_ONCE = 16;
const POST_ENTRY = fileURLToPath(new URL('./post-process.ts', import.meta.url));

/** Wearables that send the same samples over WebSockets, to the product and to a bare server, and by POST to a bare server. */
export class DeviceSide implements AsyncDisposable {
  readonly #options: DeviceSideOptions;
  readonly #sockets: Readonly<Record<SocketWay, LoadGenerator>> = {
    product: new LoadGenerator(),
    bare: new LoadGenerator(),
  };
  readonly #posts = new LoadGenerator<PostCalls>(POST_ENTRY);

  constructor(options: DeviceSideOptions) {
    this.#options = options;
  }

  /** Opens the WebSockets, in place of those there are. @param ackIntervalMs as in `hello` */
  async connect(ackIntervalMs: number): Promise<void> {
    const { product, bare, certs, peers, devices } = this.#options;
    for (const [load, { port, dialect }] of [
      [this.#sockets.product, { ...product, dialect: { name: 'product', ackIntervalMs } }],
      [this.#sockets.bare, bare],
    ] as const) {
      await load.call('drop', null);
      await load.call('connect', {
        ...{ port, ca: authorityPaths(certs, 'root').certificate, peers, first: 0, count: devices },
        ...{ dialect, atOnce: HANDSHAKES_AT_ONCE, resume: true },
      });
    }
  }

  /** @throws CodedError `load_failed`: samples were not taken, or by another way than was meant */
  async block(way: Way, rate: number, seconds: number): Promise<SampleCost> {
    return way === 'product' || way === 'bare'
      ? await this.#webSocket(way, rate, seconds)
      : await this.#post(way, rate, seconds);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sockets.product[Symbol.asyncDispose]();
    await this.#sockets.bare[Symbol.asyncDispose]();
    await this.#posts[Symbol.asyncDispose]();
  }

  async #webSocket(way: SocketWay, rate: number, seconds: number): Promise<SampleCost> {
    const [subject, load] = [this.#options[way], this.#sockets[way]];
    const before = await load.call('counts', null);
    const wire = await load.call('wire', null);
    const cpu = cpuTimeUs(subject.pid);
    const run = await load.call('run', { rate, seconds });
    await sleep(systemClock(), SETTLE_MS);
    // Before the wait for the last acks, in which nothing is done that would have to be paid for.
    const spent = cpuTimeUs(subject.pid) - cpu;
    const after = await load.call('drain', { withinMs: DRAIN_WITHIN_MS });
    const wired = await load.call('wire', null);
    const acked = after.acked - before.acked;
    failOn(after.troubles, after.sent - before.sent, acked);
    return {
      cpuUs: spent / acked,
      bytes: (wired.written - wire.written + wired.read - wire.read) / acked,
      latency: await load.call('latency', null),
      late: quantileOf(run.offered.late, 99),
      resumed: null,
      count: { subject: way, acked, journaled: await subject.journaled() },
    };
  }

  async #post(way: PostWay, rate: number, seconds: number): Promise<SampleCost> {
    const { posted, certs, peers, devices } = this.#options;
    const ca = authorityPaths(certs, 'root').certificate;
    await this.#posts.call('prepare', { port: posted.port, ca, peers, count: devices, way });
    const taken = (await posted.taken()) ?? 0;
    const cpu = cpuTimeUs(posted.pid);
    const { sent, acked, resumed, troubles, wire, latency, offered } = await this.#posts.call('run', {
      rate,
      seconds,
    });
    const spent = cpuTimeUs(posted.pid) - cpu;
    failOn(troubles, sent, Math.min(acked, ((await posted.taken()) ?? 0) - taken));
    if (way === 'resumed' && resumed < acked)
      throw new CodedError('load_failed', `${acked - resumed} of ${acked} connections were not resumed`);
    return {
      cpuUs: spent / acked,
      bytes: (wire.written + wire.read) / acked,
      latency,
      late: quantileOf(offered.late, 99),
      resumed: way === 'keep_alive' ? null : resumed,
      count: { subject: way, acked, journaled: null },
    };
  }
}

function failOn(troubles: readonly string[], sent: number, acked: number): void {
  if (troubles.length > 0) throw new CodedError('load_failed', troubles.join('; '));
  if (acked < sent) throw new CodedError('load_failed', `${sent - acked} of ${sent} samples were not acked`);
}
