import { CodedError, codeOf } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { DeviceId } from '../model/ids.ts';
import { mergeByTime } from './merge-series.ts';
import { pack, transferables } from './store-sqlite-rows.ts';
import type { TelemetryCalls } from './store-sqlite-worker.ts';
import { StoreError, type StoreFailure, type TelemetryStore } from './telemetry-store.ts';

export interface SqliteStoreOptions {
  /** The file, e.g. `<data>/telemetry.db`; made when missing. Its directory must be there. */
  readonly path: string;
}

/** Vitals in a SQLite file of their own, written and read in one worker thread. */
export function sqliteStore({ path }: SqliteStoreOptions): TelemetryStore {
  let worker: Promise<WorkerCalls<TelemetryCalls>> | null = null;
  let closed = false;

  async function ask<Result>(use: (calls: WorkerCalls<TelemetryCalls>) => Promise<Result>): Promise<Result> {
    if (closed) throw new StoreError('transient', `the telemetry database ${path} is closed`);
    worker ??= startWorker<TelemetryCalls>(new URL('./store-sqlite-worker.ts', import.meta.url), { path });
    const mine = worker;
    let calls: WorkerCalls<TelemetryCalls>;
    try {
      calls = await mine;
    } catch (cause) {
      if (worker === mine) worker = null;
      throw storeError(path, cause);
    }
    try {
      return await use(calls);
    } catch (cause) {
      const error = storeError(path, cause);
      // The next call starts a new one: what was not committed is still in the journal, and a file that is put in the
      // place of a damaged one is seen.
      if ((codeOf(cause) === 'worker_died' || error.failure === 'denied') && worker === mine) {
        worker = null;
        // What the closing of a damaged file fails on was said already.
        calls[Symbol.asyncDispose]().catch(() => undefined);
      }
      throw error;
    }
  }

  return {
    name: 'sqlite',
    // One thread, and one writer at a time in the file.
    parallelWrites: 1,
    open: () => ask(async () => undefined),

    async write(points) {
      const packed = pack(points);
      await ask((calls) => calls.call('write', packed, transferables(packed)));
    },

    async values(query) {
      if (query.limit < 1) return [];
      const tracks = await ask((calls) => calls.call('values', query));
      const lists = tracks.map(({ device, t, values }) =>
        Array.from(t, (time, at) => ({
          t: time,
          device: device as DeviceId,
          value: values[at] ?? Number.NaN,
        })),
      );
      return mergeByTime(lists, query.limit);
    },

    async buckets(query) {
      if (query.limit < 1) return [];
      return await ask((calls) => calls.call('buckets', query));
    },

    async samples(query) {
      if (query.limit < 1) return [];
      return await ask((calls) => calls.call('samples', query));
    },

    async waveform(query) {
      if (query.limit < 1) return [];
      const tracks = await ask((calls) => calls.call('waveform', query));
      const lists = tracks.map(({ t, values }) =>
        Array.from(t, (micros, at) => ({ t: micros / 1_000, value: values[at] ?? Number.NaN })),
      );
      return mergeByTime(lists, query.limit);
    },

    newest: (query) => ask((calls) => calls.call('newest', query)),

    async observations(query) {
      if (query.limit < 1) return [];
      return await ask((calls) => calls.call('observations', query));
    },

    countSamples: (device, from, to) => ask((calls) => calls.call('countSamples', { device, from, to })),

    async [Symbol.asyncDispose]() {
      closed = true;
      // One that never started, or died, has nothing to close; its failure was told to whoever called.
      const running = await worker?.catch(() => null);
      await running?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * SQLite's primary result codes by what helps. Default: transient, since waiting loses nothing.
 * Source: sqlite.org/rescode.html
 */
const FAILURES: ReadonlyMap<number, StoreFailure> = new Map([
  [3, 'denied'], // PERM
  [8, 'denied'], // READONLY
  [11, 'denied'], // CORRUPT
  [14, 'denied'], // CANTOPEN
  [23, 'denied'], // AUTH
  [26, 'denied'], // NOTADB
  [18, 'invalid'], // TOOBIG
  [19, 'invalid'], // CONSTRAINT
  [20, 'invalid'], // MISMATCH
  [25, 'invalid'], // RANGE
]);

/** What `openSqliteFile` says of a file that waiting does not mend, unless the disk is merely full. */
const UNUSABLE: ReadonlySet<string> = new Set(['schema_too_new', 'database_unavailable']);

const SQLITE_FULL = 13;

function storeError(path: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (UNUSABLE.has(codeOf(cause))) {
    return new StoreError(isFull(cause) ? 'transient' : 'denied', message, { cause });
  }
  const code = sqliteCode(cause);
  const failure = FAILURES.get(code & 0xff) ?? 'transient';
  return new StoreError(failure, `telemetry database ${path}: ${message}`, { cause });
}

function sqliteCode(cause: unknown): number {
  return cause instanceof CodedError ? Number(cause.details.errcode) : Number.NaN;
}

function isFull(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return codeOf(cause) === 'ENOSPC' || (sqliteCode(cause) & 0xff) === SQLITE_FULL;
}
