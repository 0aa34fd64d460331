import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import { startWorker } from '../core/worker-calls.ts';
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
 * @throws CodedError `database_unavailable`, `schema_too_new`
 */
export async function openQuarantine({ clock, ...options }: QuarantineOptions): Promise<Quarantine> {
  const url = new URL('./quarantine-worker.ts', import.meta.url);
  const worker = await startWorker<QuarantineCalls>(url, options);
  return {
    async add(point, error) {
      const why = { code: codeOf(error), message: error.message };
      await worker.call('add', [{ at: Math.floor(clock.now()), point: JSON.stringify(point), ...why }]);
    },
    held: () => worker.call('held', null),
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}
