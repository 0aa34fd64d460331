import type { Clock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { AuditCalls, AuditWorkerData } from './audit-calls.ts';
import type { AuditFields } from './audit-chain.ts';
import { type AuditAction, type AuditEntry, toAuditFields } from './audit-entry.ts';
import { AUDIT_BUSY_TIMEOUT_MS } from './audit-schema.ts';

export interface AuditTrailOptions {
  /** The database file, e.g. `var/audit.db`. Any number of processes may append to it at once. */
  readonly path: string;
  /** Stamps the entries. */
  readonly clock: Clock;
  /**
   * Told when the trail can no longer be written (`audit_failed`), cannot be written now (`audit_not_written`) or is
   * too slow (`audit_overloaded`): once, until an entry has been written again. Each entry's own `record` rejects too.
   */
  readonly onError: (error: CodedError) => void;
  /** Called with each entry that is on disk, for counting. */
  readonly onRecorded?: (action: AuditAction) => void;
  /** Entries in memory that are not on disk; past it `record` rejects. Default 1,000. */
  readonly maxQueued?: number;
  /** How long an append waits for other processes. Default 5 s. */
  readonly busyTimeoutMs?: number;
}

/** Append-only record of who did what. Disposing it waits for what was recorded before. */
export interface AuditTrail extends AsyncDisposable {
  /** False from a failed append until one succeeds. */
  readonly healthy: boolean;
  /**
   * Resolves when the entry is on disk. Nothing is ever dropped silently: it rejects with `audit_overloaded` (the queue
   * is full), `audit_not_written` (disk full, file held by another process), `audit_failed` (disk failed: restart),
   * `audit_closed`, or `audit_entry_invalid`.
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

class WorkerAuditTrail implements AuditTrail {
  readonly #worker: WorkerCalls<AuditCalls>;
  readonly #options: AuditTrailOptions;
  #waiting: Waiting[] = [];
  #underWay = 0;
  #commit: Promise<void> | null = null;
  #trouble: CodedError | null = null;
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
    this.#commit ??= this.#commitAll();
    await written.promise;
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
      await this.#append(batch);
      this.#underWay = 0;
    } while (this.#waiting.length > 0);
    this.#commit = null;
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#worker.call('append', { entries: batch.map(({ fields }) => fields) });
      this.#trouble = null;
      for (const { fields, written } of batch) {
        this.#options.onRecorded?.(fields.action as AuditAction);
        written.resolve();
      }
    } catch (cause) {
      const error = this.#troubled(asAuditError(cause));
      for (const { written } of batch) written.reject(error);
    }
  }

  #troubled(error: CodedError): CodedError {
    if (this.#trouble?.code !== error.code) this.#options.onError(error);
    this.#trouble = error;
    return error;
  }

  async #close(): Promise<void> {
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
export async function openAuditTrail(options: AuditTrailOptions): Promise<AuditTrail> {
  const url = new URL('./audit-worker.ts', import.meta.url);
  const { path, busyTimeoutMs = AUDIT_BUSY_TIMEOUT_MS } = options;
  const data: AuditWorkerData = { path, busyTimeoutMs };
  return new WorkerAuditTrail(await startWorker<AuditCalls>(url, data), options);
}
