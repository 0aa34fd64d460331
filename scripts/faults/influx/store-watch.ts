import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError, codeOf } from '../../../src/core/coded-error.ts';
import type { Rig } from '../../rig/rig.ts';
import { metricsOf, readiness, residentMiB } from '../../rig/server-state.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Progress } from './drain-rate.ts';

const EVERY_MS = 150;

/** What the server said of its way to the store, beside what the devices know. */
export interface Seen extends Progress {
  /** What `/readyz` says of the store. */
  readonly store: string;
  readonly quarantined: number;
  readonly residentMiB: number;
  /** Of the main thread's heap, garbage included. */
  readonly heapMiB: number;
}

/** Asks the server again and again how its store is. */
export class StoreWatch implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #rig: Rig;
  readonly #fleet: Fleet;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(rig: Rig, fleet: Fleet) {
    this.#rig = rig;
    this.#fleet = fleet;
    this.#running = this.#run();
    // Whoever disposes of it hears of a failure; until then it is nobody's.
    this.#running.catch(() => undefined);
  }

  /** Since `at`, oldest first. */
  since(at: number): readonly Seen[] {
    return this.seen.filter((one) => one.at >= at);
  }

  /** The first thing seen since `at` that is as wanted; null: it was not within the time. Rejects when the signal aborts. */
  async until(
    wanted: (one: Seen) => boolean,
    {
      at,
      withinMs,
      signal,
    }: { readonly at: number; readonly withinMs: number; readonly signal: AbortSignal },
  ): Promise<Seen | null> {
    const late = performance.now() + withinMs;
    for (;;) {
      const found = this.since(at).find(wanted);
      if (found !== undefined) return found;
      if (performance.now() > late) return null;
      await sleep(systemClock(), EVERY_MS / 3, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const seen = await this.#look().catch((error: unknown) => {
        if (codeOf(error) === 'server_silent') return null;
        throw error;
      });
      if (seen !== null) this.seen.push(seen);
      await sleep(systemClock(), EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<Seen> {
    const { parts } = await readiness(this.#rig);
    const metrics = await metricsOf(this.#rig);
    const quarantined = metrics.get('vitalwire_store_quarantined_points') ?? 0;
    const stored = metrics.get('vitalwire_store_written_moments');
    if (stored === undefined)
      throw new CodedError('metric_missing', 'the server does not tell what it wrote');
    return {
      at: performance.now(),
      acked: this.#fleet.records.reduce((sum, { settled }) => sum + settled, 0),
      written: stored + quarantined,
      store: parts.store?.state ?? 'unknown',
      quarantined,
      residentMiB: residentMiB(this.#rig),
      heapMiB: Math.round((metrics.get('nodejs_heap_size_used_bytes') ?? 0) / 1024 / 1024),
    };
  }
}
