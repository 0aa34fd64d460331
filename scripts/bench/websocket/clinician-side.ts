import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import { WARD } from '../../rig/rig.ts';
import type { BlockCount } from '../benchmark.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import type { Product } from '../subjects/product.ts';
import type { ClinicianCalls } from './clinician-fleet.ts';
import type { WatchWay } from './watch.ts';

/** What one block cost. */
export interface WatchCost {
  /** Of the server, a second, with the wearables in it. */
  readonly cpuUs: number;
  /** Of the clinicians' TCP streams, both directions, a second. */
  readonly bytes: number;
  readonly raised: number;
  readonly heard: number;
  readonly latency: LatencySummary;
  /** How late the generator was: p99, milliseconds. */
  readonly late: number;
  readonly count: BlockCount;
}

export interface ClinicianSideOptions {
  readonly product: Product;
  readonly peers: string;
  /** Which lines of the file are worn here; each wearer is watched by one clinician. */
  readonly first: number;
  readonly count: number;
}

const ENTRY = fileURLToPath(new URL('./clinician-process.ts', import.meta.url));
const SETTLE_MS = 300;

/** Wearables at their own pace, and clinicians who watch a wearer each. */
export class ClinicianSide implements AsyncDisposable {
  readonly #options: ClinicianSideOptions;
  readonly #load = new LoadGenerator<ClinicianCalls>(ENTRY);
  #tokens: readonly string[] = [];

  constructor(options: ClinicianSideOptions) {
    this.#options = options;
  }

  /** @param ackIntervalMs of the wearables, as in `hello` */
  async connect(ackIntervalMs: number): Promise<void> {
    const { product, peers, first, count } = this.#options;
    this.#tokens = await product.rig.tokens('nurse', count);
    const [attendant = ''] = await product.rig.tokens('attendant', 1);
    await product.rig.seen();
    await this.#load.call('devices', {
      ...{ port: product.port, ca: this.#ca, peers, first, count, ackIntervalMs },
      ...{ clinicianPort: product.rig.server.clinicianPort, ward: WARD, attendant },
    });
  }

  /** @param way null: nobody watches */
  async block(
    way: WatchWay | null,
    seconds: number,
    alarms: number,
    signal: AbortSignal,
  ): Promise<WatchCost> {
    const { product, first } = this.#options;
    const { pid, rig } = product;
    if (way !== null) {
      const watchers = this.#tokens.map((token, i) => ({ token, patient: `p-${first + i}` }));
      await this.#load.call('watch', { port: rig.server.clinicianPort, ca: this.#ca, watchers, way });
      await sleep(systemClock(), SETTLE_MS, signal);
    }
    const cpu = cpuTimeUs(pid);
    // Of the time in which the wearables send, and not of the wait for the last poll.
    const spent = sleep(systemClock(), seconds * 1_000, signal).then(() => cpuTimeUs(pid) - cpu);
    spent.catch(() => {});
    const run = await this.#load.call('run', { seconds, alarms });
    await this.#load.call('unwatch', null);
    if (run.troubles.length > 0) throw new CodedError('load_failed', run.troubles.join('; '));
    return {
      cpuUs: (await spent) / seconds,
      bytes: (run.wire.written + run.wire.read) / seconds,
      ...{ raised: run.raised, heard: run.heard, latency: run.latency },
      late: quantileOf(run.offered.late, 99),
      count: { subject: nameOf(way), acked: run.acked, journaled: await product.journaled() },
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#load[Symbol.asyncDispose]();
  }

  get #ca(): string {
    return authorityPaths(this.#options.product.rig.server.certs, 'root').certificate;
  }
}

export function nameOf(way: WatchWay | null): string {
  if (way === null) return 'nobody watches';
  return way.name === 'push' ? 'feed' : `poll every ${way.everyMs / 1_000} s`;
}
