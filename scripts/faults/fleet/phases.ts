import { promises } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Fleet } from './fleet.ts';
import { Latencies } from './latencies.ts';

const TICK_MS = 5;
const PROBE_EVERY_MS = 50;

/** Of one phase of a trial, the 99th percentiles of how late things came. Milliseconds. */
export interface Phase {
  /** An ack, from the moment on that its frame was sent. */
  readonly ackP99Ms: number;
  /** Any event of this process, which the server has nothing to do with. */
  readonly harnessP99Ms: number;
  /** A write of this process to the disk on which the server's data is. */
  readonly diskP99Ms: number;
}

/** Acks twice as late are borne (security.md R2, S7); below the floor, a busy machine makes the difference. */
const ACK_FACTOR = 2;
const ACK_FLOOR_MS = 25;

/** Why acks of a phase are later than they may be, set against an earlier one; null: they are not. */
export function ackFault(
  name: string,
  { ackP99Ms, harnessP99Ms, diskP99Ms }: Phase,
  before: Phase,
): string | null {
  // An ack waits for the commit under way and for its own, and for this process to hear of it.
  const machine = harnessP99Ms + 2 * diskP99Ms;
  if (ackP99Ms <= ACK_FACTOR * Math.max(before.ackP99Ms, ACK_FLOOR_MS, machine)) return null;
  return `ack p99 ${name}: ${ackP99Ms} ms, before: ${before.ackP99Ms} ms; meanwhile this process was late by ${harnessP99Ms} ms, and its disk by ${diskP99Ms} ms`;
}

/**
 * Parts a trial into phases, and tells of each how late acks were, and what the machine itself was like meanwhile: with
 * others at work on it, acks come later than before for reasons that are not the server's.
 */
export class Phases implements AsyncDisposable {
  readonly #fleet: Fleet;
  readonly #timer: NodeJS.Timeout;
  readonly #probing: Promise<void>;
  readonly #stop = new AbortController();
  #due = performance.now() + TICK_MS;
  #late = new Latencies();
  #disk = new Latencies();

  /** @param directory on the disk of the server's data */
  constructor(fleet: Fleet, directory: string) {
    this.#fleet = fleet;
    fleet.phase();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#probing = this.#probe(join(directory, 'probe'));
    // Whoever disposes of it hears of a failure; until then it is nobody's.
    this.#probing.catch(() => undefined);
  }

  /** The phase that ends now, and with which another begins. */
  end(): Phase {
    const [late, disk] = [this.#late, this.#disk];
    this.#late = new Latencies();
    this.#disk = new Latencies();
    return {
      ackP99Ms: this.#fleet.phase().quantile(0.99),
      harnessP99Ms: late.quantile(0.99),
      diskP99Ms: disk.quantile(0.99),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#probing;
  }

  /** A stall delays everything that comes while it lasts, what comes at its begin the longest. */
  #tick(): void {
    const now = performance.now();
    for (let late = now - this.#due; late > 0; late -= TICK_MS) this.#late.add(late);
    this.#due = now + TICK_MS;
  }

  async #probe(file: string): Promise<void> {
    const { signal } = this.#stop;
    await using handle = await promises.open(file, 'w', 0o600);
    while (!signal.aborted) {
      const began = performance.now();
      await handle.write('probe\n', 0);
      await handle.datasync();
      this.#disk.add(performance.now() - began);
      await sleep(systemClock(), PROBE_EVERY_MS, signal).catch(() => undefined);
    }
  }
}
