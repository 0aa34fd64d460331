import { sleep, systemClock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { AlarmLogBatch, AlarmLogCalls, AlarmLogWorkerData } from './alarm-log-calls.ts';

export interface AlarmLogFileOptions {
  readonly open: () => AlarmLogWorkerData;
  /** How long after a batch that could not be written it is tried again. Milliseconds of real time. */
  readonly retryMs: number;
}

/** After these the file is as it was, and the same connection may be used again. */
const ROLLED_BACK: ReadonlySet<string> = new Set(['alarm_log_disk_full', 'alarm_log_busy']);

/**
 * The worker with the alarm log's file, and the way back after a failure. Whoever commits still has all that a failed commit
 * was to write; so, unlike the journal, the log need not stop the process: it opens the file anew, which makes durable
 * what the disk may not have (see settleWal), and writes the batch again. Alarms are relayed all the while.
 */
export class AlarmLogFile implements AsyncDisposable {
  readonly #options: AlarmLogFileOptions;
  readonly #closing = new AbortController();
  #worker: WorkerCalls<AlarmLogCalls>;
  #broken = false;

  private constructor(options: AlarmLogFileOptions, worker: WorkerCalls<AlarmLogCalls>) {
    this.#options = options;
    this.#worker = worker;
  }

  /** @throws CodedError `database_unavailable`, `database_locked`, `schema_too_new` */
  static async open(options: AlarmLogFileOptions): Promise<AlarmLogFile> {
    return new AlarmLogFile(options, await start(options));
  }

  call: WorkerCalls<AlarmLogCalls>['call'] = (name, args) => this.#worker.call(name, args);

  /**
   * Writes a batch, however often that has to be tried. Gives the highest cursor no longer kept; null: the log was closed
   * before it could be written.
   * @param failed told after each attempt that came to nothing
   */
  async commit(
    batch: AlarmLogBatch,
    failed: (trouble: CodedError) => void,
  ): Promise<ReturnType<AlarmLogCalls['commit']> | null> {
    for (;;) {
      try {
        return await this.#attempt(batch);
      } catch (cause) {
        this.#broken = !ROLLED_BACK.has(codeOf(cause));
        failed(troubleOf(cause));
      }
      const { signal } = this.#closing;
      await sleep(systemClock(), this.#options.retryMs, signal).catch(() => undefined);
      if (signal.aborted) return null;
    }
  }

  /** No further attempt is begun. */
  giveUp(): void {
    this.#closing.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
    await this.#worker[Symbol.asyncDispose]();
  }

  async #attempt(batch: AlarmLogBatch): Promise<ReturnType<AlarmLogCalls['commit']>> {
    if (this.#broken) {
      const former = this.#worker;
      this.#worker = await start(this.#options);
      this.#broken = false;
      // What was wrong with it has been told.
      await former[Symbol.asyncDispose]().catch(() => undefined);
    }
    return await this.#worker.call('commit', batch);
  }
}

function start({ open }: AlarmLogFileOptions): Promise<WorkerCalls<AlarmLogCalls>> {
  return startWorker<AlarmLogCalls>(new URL('./alarm-log-worker.ts', import.meta.url), open());
}

function troubleOf(cause: unknown): CodedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const [code, what] =
    codeOf(cause) === 'alarm_log_disk_full'
      ? ['alarm_log_disk_full', 'has no space: free some']
      : ['alarm_log_failed', `could not be written (${reason}): check the disk`];
  return new CodedError(
    code,
    `the alarm log ${what}; alarms are still relayed, kept in memory, and written when that works again`,
    { cause },
  );
}
