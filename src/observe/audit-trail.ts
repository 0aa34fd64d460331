import { type Clock, sleep } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { AuditCalls, AuditWorkerData } from './audit-calls.ts';
import type { AuditFields } from './audit-chain.ts';
import { type AuditAction, type AuditEntry, toAuditFields } from './audit-entry.ts';
import { type AuditPage, type AuditPageQuery, type AuditPages, collectPage } from './audit-page.ts';
import { AUDIT_BUSY_TIMEOUT_MS } from './audit-schema.ts';

export interface AuditTrailOptions {
  /** The database file, e.g. `var/audit.db`. Any number of processes may append to it at once. */
  readonly path: string;
  /** Stamps the entries. */
  readonly clock: Clock;
  /**
   * Told when the trail can no longer be written (`audit_failed`), cannot be written now (`audit_not_written`) or is
   * too slow (`audit_overloaded`): each once, until an entry has been written again. Each entry's own `record` rejects
   * too. And `audit_entries_lost` when entries that were kept never reached the disk.
   */
  readonly onError: (error: CodedError) => void;
  /** Called with each entry that is on disk, for counting. */
  readonly onRecorded?: (action: AuditAction) => void;
  /** Entries in memory that are not on disk; past it `record` rejects. Default 1,000. */
  readonly maxQueued?: number;
  /** How long an append waits for other processes. Default 5 s. */
  readonly busyTimeoutMs?: number;
  /** Entries for which there is no space, or no turn, are kept and tried again after so long. Default: they are not. */
  readonly retryMs?: number;
}

/** Append-only record of who did what. Disposing it waits for what was recorded before. */
export interface AuditTrail extends AsyncDisposable {
  /** False from a failed append until one succeeds. */
  readonly healthy: boolean;
  /**
   * Resolves when the entry is on disk. Nothing is ever dropped silently: it rejects with `audit_overloaded` (the queue
   * is full), `audit_not_written` (disk full, file held by another process; with `retryMs` it is `audit_delayed`: the
   * entry is kept, and written when that is over), `audit_failed` (disk failed: restart), `audit_closed`, or
   * `audit_entry_invalid`. It never waits for a full disk.
   */
  record(entry: AuditEntry): Promise<void>;
}

interface Waiting {
  readonly fields: AuditFields;
  readonly written: PromiseWithResolvers<void>;
}

const MAX_QUEUED = 1_000;
/** Entries of one transaction, so that another process waits its turn for milliseconds only. */
const MAX_BATCH = 256;

class WorkerAuditTrail implements AuditTrail, AuditPages {
  readonly #worker: WorkerCalls<AuditCalls>;
  readonly #options: AuditTrailOptions;
  #waiting: Waiting[] = [];
  #underWay = 0;
  #commit: Promise<void> | null = null;
  #trouble: CodedError | null = null;
  /** Codes that were told since an entry was last written. */
  readonly #told = new Set<string>();
  /** Why the entries that wait were kept. */
  #delay: CodedError | null = null;
  readonly #stop = new AbortController();
  #closing: Promise<void> | null = null;

  constructor(worker: WorkerCalls<AuditCalls>, options: AuditTrailOptions) {
    this.#worker = worker;
    this.#options = options;
  }

  get healthy(): boolean {
    return this.#trouble === null;
  }

  async record(entry: AuditEntry): Promise<void> {
    if (this.#closing !== null) throw new CodedError('audit_closed', 'the audit trail is closed');
    const { clock, maxQueued = MAX_QUEUED } = this.#options;
    const fields = toAuditFields(entry, Math.floor(clock.now()));
    if (this.#waiting.length + this.#underWay >= maxQueued) {
      throw this.#troubled(
        new CodedError(
          'audit_overloaded',
          `${maxQueued} audit entries wait for the disk already: ${entry.action} was not recorded; check the disk`,
        ),
      );
    }
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ fields, written });
    if (this.#delay !== null) written.reject(this.#delay);
    this.#commit ??= this.#commitAll();
    await written.promise;
  }

  async page(query: AuditPageQuery, signal?: AbortSignal): Promise<AuditPage> {
    return collectPage(
      query,
      (window) => {
        if (this.#closing !== null) throw new CodedError('audit_closed', 'the audit trail is closed');
        return this.#worker.call('window', window);
      },
      signal,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #commitAll(): Promise<void> {
    do {
      // Entries of one turn of the event loop share a commit, and so do those that gather while one is under way.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#waiting.splice(0, MAX_BATCH);
      this.#underWay = batch.length;
      const error = await this.#append(batch);
      this.#underWay = 0;
      if (error !== null) await this.#failed(batch, error);
    } while (this.#waiting.length > 0);
    this.#commit = null;
  }

  /** @returns why it could not */
  async #append(batch: readonly Waiting[]): Promise<CodedError | null> {
    try {
      await this.#worker.call('append', { entries: batch.map(({ fields }) => fields) });
    } catch (cause) {
      return this.#troubled(asAuditError(cause));
    }
    this.#trouble = null;
    this.#delay = null;
    this.#told.clear();
    for (const { fields, written } of batch) {
      this.#options.onRecorded?.(fields.action as AuditAction);
      written.resolve();
    }
    return null;
  }

  /** Keeps the batch for another attempt where that may help, or gives it up. */
  async #failed(batch: readonly Waiting[], error: CodedError): Promise<void> {
    const { retryMs, clock } = this.#options;
    const passes = error.code === 'audit_not_written' && retryMs !== undefined;
    if (!passes || this.#stop.signal.aborted) {
      const lost = this.#delay === null ? [] : [...batch, ...this.#waiting];
      for (const { written } of batch) written.reject(error);
      if (lost.length === 0) return;
      this.#waiting = [];
      this.#delay = null;
      for (const { written } of lost) written.reject(error);
      const message = `${lost.length} audit entries that were kept did not reach the disk: ${error.message}`;
      this.#options.onError(new CodedError('audit_entries_lost', message, { cause: error }));
      return;
    }
    this.#delay ??= new CodedError('audit_delayed', `${error.message}; it is kept and tried again`, {
      cause: error,
    });
    this.#waiting.unshift(...batch);
    for (const { written } of this.#waiting) written.reject(this.#delay);
    await sleep(clock, retryMs, this.#stop.signal).catch(() => undefined);
  }

  #troubled(error: CodedError): CodedError {
    if (!this.#told.has(error.code)) this.#options.onError(error);
    this.#told.add(error.code);
    this.#trouble = error;
    return error;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    await this.#commit;
    await this.#worker[Symbol.asyncDispose]();
  }
}

/** The worker's own errors as they are; that it died under the trail's code. */
function asAuditError(cause: unknown): CodedError {
  if (cause instanceof CodedError && cause.code.startsWith('audit_')) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CodedError(
    'audit_failed',
    `the audit trail could not be written (${codeOf(cause)}: ${reason}): restart`,
    { cause },
  );
}

/** Opens (and creates) the trail. @throws CodedError `database_unavailable`, `database_locked`, `schema_too_new` */
export async function openAuditTrail(options: AuditTrailOptions): Promise<AuditTrail & AuditPages> {
  const url = new URL('./audit-worker.ts', import.meta.url);
  const { path, busyTimeoutMs = AUDIT_BUSY_TIMEOUT_MS } = options;
  const data: AuditWorkerData = { path, busyTimeoutMs };
  return new WorkerAuditTrail(await startWorker<AuditCalls>(url, data), options);
}
