import type { Clock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { Point } from './point.ts';
import type { QuarantineDatabaseOptions } from './quarantine-database.ts';
import type { QuarantineCalls } from './quarantine-worker.ts';

export interface QuarantineOptions extends QuarantineDatabaseOptions {
  readonly clock: Clock;
}

/** Where the server sets aside what its store will never take, for a person to look at. */
export interface Quarantine extends AsyncDisposable {
  /**
   * Resolves when the point is on disk.
   * @throws CodedError `quarantine_full`; SQLite's errors as they are.
   */
  add(point: Point, error: Error): Promise<void>;
  /** How many points it holds now, whoever took some away. */
  held(): Promise<number>;
}

/**
 * Opens (and creates) `<data>/quarantine.db` in a worker thread of its own: an fsync is not the main thread's to wait for.
 * A thread that has died is followed by another at the next use.
 * @throws CodedError `database_unavailable`, `schema_too_new`
 */
export async function openQuarantine({ clock, ...options }: QuarantineOptions): Promise<Quarantine> {
  const url = new URL('./quarantine-worker.ts', import.meta.url);
  const start = () => startWorker<QuarantineCalls>(url, options);
  let worker: ReturnType<typeof start> | null = Promise.resolve(await start());
  let closed = false;

  async function ask<Result>(use: (calls: WorkerCalls<QuarantineCalls>) => Promise<Result>): Promise<Result> {
    if (closed) throw new CodedError('quarantine_closed', `${options.path} is closed`);
    worker ??= start();
    const mine = worker;
    const forget = (): void => {
      if (worker === mine) worker = null;
    };
    const calls = await mine.catch((cause: unknown) => {
      forget();
      throw cause;
    });
    try {
      return await use(calls);
    } catch (cause) {
      if (codeOf(cause) === 'worker_died') forget();
      throw cause;
    }
  }

  return {
    async add(point, error) {
      const why = { code: codeOf(error), message: error.message };
      const refused = [{ at: Math.floor(clock.now()), point: JSON.stringify(point), ...why }];
      await ask((calls) => calls.call('add', refused));
    },
    held: () => ask((calls) => calls.call('held', null)),
    async [Symbol.asyncDispose]() {
      closed = true;
      // One that did not start again has nothing to close; its failure was told to whoever called.
      const running = await worker?.catch(() => null);
      await running?.[Symbol.asyncDispose]();
    },
  };
}
