import type { BacktestPlan } from '../alarms/backtest.ts';
import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import { type BacktestReport, MAX_BACKTEST_MOMENTS } from '../model/backtest.ts';
import { momentBuffers, momentCount } from '../model/moments.ts';
import type { Registry } from '../registry/registry.ts';
import type { TelemetryStore } from '../store/telemetry-store.ts';
import { type BacktestRequest, backtestPlan } from './backtest-plan.ts';
import type { BacktestCalls } from './backtest-worker.ts';

/** Back-tests that wait while one runs. */
const MAX_WAITING = 4;
/** When to come back after `backtest_busy`: about as long as a day takes. Seconds. */
export const BACKTEST_RETRY_AFTER_S = 5;
/**
 * History is read in stretches: writes to the store get their turn in between, the next is read while the one before is
 * evaluated, and no more than two are held.
 */
const STRETCH_MS = 6 * 3_600_000;

export interface BacktestsOptions {
  readonly registry: Registry;
  readonly store: Pick<TelemetryStore, 'samples'>;
  /** Moments that one back-test may look at. Default `MAX_BACKTEST_MOMENTS`. */
  readonly maxMoments?: number;
}

/**
 * Back-tests of limits over stored history, one at a time, evaluated in a worker thread of their own: live alarms and
 * feeds do not wait for them. Disposing it ends the one under way at its next stretch.
 */
export class Backtests implements AsyncDisposable {
  readonly #options: BacktestsOptions;
  #worker: Promise<WorkerCalls<BacktestCalls>> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** Running and waiting. */
  #count = 0;
  #closed = false;

  constructor(options: BacktestsOptions) {
    this.#options = options;
  }

  /**
   * What the limits asked for would have done.
   * @param signal aborted when nobody waits for the answer any more
   * @throws CodedError `backtest_busy` (at most four wait), `backtest_too_long` (in time or moments), `limits_invalid`,
   *   `overloaded` (closing), `backtest_abandoned` (by `signal`), `worker_died`; StoreError
   */
  async run(request: BacktestRequest, signal?: AbortSignal): Promise<BacktestReport> {
    if (this.#count > MAX_WAITING)
      throw new CodedError(
        'backtest_busy',
        `${MAX_WAITING} back-tests wait already: come back in ${BACKTEST_RETRY_AFTER_S} s`,
      );
    const plan = backtestPlan(this.#options.registry, request);
    this.#count++;
    const mine = this.#last.then(() => this.#evaluate(plan, signal));
    // The next one's turn comes however this one ends; its own caller is told of a failure.
    this.#last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      this.#count--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#last;
    // One that never started has nothing to close; its failure was told to whoever asked.
    const worker = await this.#worker?.catch(() => null);
    await worker?.[Symbol.asyncDispose]();
  }

  async #evaluate(plan: BacktestPlan, signal: AbortSignal | undefined): Promise<BacktestReport> {
    this.#goOn(signal);
    this.#worker ??= startWorker<BacktestCalls>(new URL('./backtest-worker.ts', import.meta.url), null);
    const mine = this.#worker;
    try {
      const calls = await mine;
      await calls.call('begin', plan);
      await this.#feed(calls, plan, signal);
      return await calls.call('report', null);
    } catch (cause) {
      // The next one starts another.
      if (codeOf(cause) === 'worker_died' && this.#worker === mine) this.#worker = null;
      throw cause;
    }
  }

  async #feed(
    calls: WorkerCalls<BacktestCalls>,
    plan: BacktestPlan,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { patient, to } = plan;
    const most = this.#options.maxMoments ?? MAX_BACKTEST_MOMENTS;
    let room = most;
    const read = (from: EpochMs) => {
      const until = Math.min(to, from + STRETCH_MS);
      const found = this.#options.store.samples({ subject: { patient }, from, to: until, limit: room + 1 });
      // Awaited a stretch later: its failure must not count as unhandled until then.
      found.catch(() => undefined);
      return found;
    };
    let next = read(plan.from);
    for (let from = plan.from; from < to; from += STRETCH_MS) {
      const lists = await next;
      this.#goOn(signal);
      room -= momentCount(lists);
      if (room < 0)
        throw new CodedError(
          'backtest_too_long',
          `there are more than ${most} moments from ${plan.from} to ${to}: ask for a shorter range`,
        );
      if (from + STRETCH_MS < to) next = read(from + STRETCH_MS);
      await calls.call('take', lists, momentBuffers(lists));
    }
  }

  #goOn(signal: AbortSignal | undefined): void {
    if (this.#closed) throw new CodedError('overloaded', 'the server is stopping');
    if (signal?.aborted) throw new CodedError('backtest_abandoned', 'nobody waits for the answer any more');
  }
}
