import { type Clock, systemClock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';
import type { TelemetryRecord } from '../model/record.ts';
import { ConditionBoard } from './condition-board.ts';
import type { Gathering } from './gathering.ts';
import { GroupCommit } from './group-commit.ts';
import type { Journal, JournalCondition, JournalReader, JournalStats, Ticket } from './journal.ts';
import type { JournalCalls, JournalState } from './journal-calls.ts';
import { JournalReaders } from './journal-readers.ts';

export interface SqliteJournalOptions {
  /** The database file, e.g. `var/journal.db`. One journal at a time (see lockDataDirectory); others may read the file. */
  readonly path: string;
  /** Bytes accepted and not yet durable from which `append` rejects with `journal_full`. */
  readonly maxPendingBytes: number;
  /** The same for durable bytes that the slowest reader has not committed. Default 16 GiB. */
  readonly maxUnreadBytes?: number;
  /** Dates streams, to forget them 30 days after their last frame. Default the system's. */
  readonly clock?: Clock;
  /** Times the disk, which is no faster in an accelerated run. Default the system's. */
  readonly diskClock?: Clock;
  /** A commit that takes longer makes the journal `stalled`. Default 3 s. */
  readonly stallMs?: number;
  /** After so long a batch for which there was no space is tried again. Default 1 s. */
  readonly retryMs?: number;
  /** Closing gives up, and rejects, what is not durable by then. Default 5 s. Disposal throws `worker_hangs` soon after. */
  readonly closeTimeoutMs?: number;
}

const DEFAULT_MAX_UNREAD_BYTES = 16 * 2 ** 30;
/** A thread that does not hang ends well within this. */
const ABANDONED_ENDS_MS = 500;
/** A keep-alive of the event loop: how long it is means nothing. */
const FOREVER_MS = 2 ** 30;

class SqliteJournal implements Journal {
  readonly #worker: WorkerCalls<JournalCalls>;
  readonly #clock: Clock;
  readonly #diskClock: Clock;
  readonly #closeTimeoutMs: number;
  readonly #board: ConditionBoard;
  readonly #commits: GroupCommit;
  readonly #readers: JournalReaders;
  readonly #commitListeners = new Set<() => void>();
  readonly #failureListeners = new Set<(cause: Error) => void>();
  #state: JournalState;
  #committedRecords = 0;
  #failure: CodedError | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    worker: WorkerCalls<JournalCalls>,
    options: SqliteJournalOptions,
    { readers, ...state }: ReturnType<JournalCalls['opened']>,
  ) {
    const {
      clock = systemClock(),
      diskClock = systemClock(),
      maxUnreadBytes = DEFAULT_MAX_UNREAD_BYTES,
    } = options;
    this.#worker = worker;
    this.#clock = clock;
    this.#diskClock = diskClock;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 5_000;
    this.#state = state;
    this.#board = new ConditionBoard({ pending: options.maxPendingBytes, unread: maxUnreadBytes });
    this.#commits = new GroupCommit({
      worker,
      diskClock,
      clock,
      stallMs: options.stallMs ?? 3_000,
      retryMs: options.retryMs ?? 1_000,
      trimmable: state.trimmable,
      position: state.position,
      onDisk: () => this.#measure(),
      onCommitted: (...committed) => this.#committed(...committed),
      onFailed: (failure) => this.#fail(failure),
    });
    this.#readers = new JournalReaders(readers, {
      newest: () => this.#state.position,
      oldest: () => this.#state.oldest,
      refusal: () => this.#refusal(),
      read: (after) => worker.call('read', { after }),
      moveCursor: (name, position) => this.#commits.moveCursor(name, position),
    });
    this.#measure();
  }

  append(record: TelemetryRecord): Promise<void> {
    try {
      return this.#add(record).promise;
    } catch (refused) {
      return Promise.reject(refused);
    }
  }

  enqueue(record: TelemetryRecord, line?: string): Ticket {
    return this.#add(record, line).ticket;
  }

  get durableTicket(): Ticket {
    return this.#commits.durable;
  }

  onCommitted(listener: () => void): Disposable {
    this.#commitListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#commitListeners.delete(listener) };
  }

  get condition(): JournalCondition {
    return this.#board.condition;
  }

  onCondition(listener: (condition: JournalCondition) => void): Disposable {
    return this.#board.listen(listener);
  }

  writable(): Promise<void> | null {
    return this.#board.waiting;
  }

  async durableSeq(device: DeviceId, stream: StreamId): Promise<number> {
    const refused = this.#refusal();
    if (refused !== null) throw refused;
    const { marks } = this.#commits;
    // Before the question: a fold that comes after it would take the mark away from here, and not be in the answer. And
    // after it: the commit under way was durable before the answer, and its mark is not folded.
    const before = marks.get(device, stream);
    const folded = await this.#worker.call('seq', { device, stream });
    return Math.max(before, folded, marks.get(device, stream));
  }

  reader(name: string): JournalReader {
    return this.#readers.reader(name);
  }

  stats(): JournalStats {
    const { pendingRecords, pendingBytes, pendingMs } = this.#commits;
    return {
      pendingRecords,
      pendingBytes,
      pendingMs,
      position: this.#state.position,
      committedRecords: this.#committedRecords,
      unread: this.#readers.unread(),
      unreadRecords: Object.fromEntries(this.#state.unreadRecords),
      unreadBytes: this.#state.unreadBytes,
      failed: this.#failure !== null,
    };
  }

  onFailure(listener: (cause: Error) => void): void {
    if (this.#failure === null) this.#failureListeners.add(listener);
    else listener(this.#failure);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #add(record: TelemetryRecord, line?: string): Gathering {
    const refused = this.#refusal();
    if (refused !== null) throw refused;
    if (!this.#board.takes(this.#commits.pendingBytes)) throw full(this.condition);
    let batch: Gathering;
    try {
      batch = this.#commits.add(record, line);
    } catch (cause) {
      throw new CodedError('invalid_record', 'a record that JSON cannot hold', { cause });
    }
    this.#measure();
    return batch;
  }

  #measure(): void {
    this.#board.note(this.#commits.disk, this.#commits.pendingBytes, this.#state.unreadBytes);
  }

  #committed(state: JournalState, records: readonly TelemetryRecord[], bytes: number): void {
    this.#state = state;
    this.#committedRecords += records.length;
    if (records.length > 0) this.#readers.arrived(state.position, records, bytes);
    this.#measure();
    for (const listener of this.#commitListeners) listener();
  }

  #fail(failure: CodedError): void {
    this.#failure = failure;
    this.#readers.end(failure);
    this.#measure();
    this.#board.end(failure);
    for (const listener of this.#failureListeners) listener(failure);
  }

  #refusal(): CodedError | null {
    if (this.#failure !== null) return this.#failure;
    return this.#closing === null ? null : closed();
  }

  /** Waits until everything is durable, within a bound: what the disk has not taken by then is given up. */
  async #close(): Promise<void> {
    const timeUp = Promise.withResolvers<void>();
    const timer = this.#diskClock.after(this.#closeTimeoutMs, timeUp.resolve);
    // A clock's timers do not keep the process alive; what is pending is worth it.
    const alive = setInterval(() => {}, FOREVER_MS);
    try {
      if (this.#failure === null) await Promise.race([this.#commits.drain(), timeUp.promise]);
      const reason = this.#failure ?? closed();
      this.#commits.end(reason);
      this.#readers.end(closed());
      this.#board.end(reason);
      const disposed = this.#endWorker();
      disposed.catch(() => {});
      const inTime = await Promise.race([disposed.then(() => true), timeUp.promise.then(() => false)]);
      if (!inTime) await this.#abandon();
    } finally {
      clearInterval(alive);
      timer.cancel();
    }
  }

  async #endWorker(): Promise<void> {
    const now = this.#clock.now();
    const folded =
      this.#failure === null ? this.#worker.call('fold', { ...this.#commits.fold(), now }) : null;
    const disposed = this.#worker[Symbol.asyncDispose]();
    await Promise.all([folded, disposed]);
  }

  /** @throws CodedError `worker_hangs`: the process will not exit before the disk answers */
  async #abandon(): Promise<void> {
    const gone = this.#worker.abandon().then(() => true);
    const late = Promise.withResolvers<false>();
    const timer = this.#diskClock.after(ABANDONED_ENDS_MS, () => late.resolve(false));
    const ended = await Promise.race([gone, late.promise]);
    timer.cancel();
    if (!ended) throw new CodedError('worker_hangs', 'the thread of the journal waits for its disk');
  }
}

function full(condition: JournalCondition): CodedError {
  return new CodedError(
    'journal_full',
    `the journal takes no more (${condition}) until its disk or its readers catch up: wait for writable()`,
    { details: { condition } },
  );
}

function closed(): CodedError {
  return new CodedError('journal_closed', 'the journal is closed');
}

/**
 * Opens (and creates) the journal, its database in a worker thread of its own.
 * @throws CodedError `journal_corrupt`, `database_unavailable`, `database_locked`, `schema_too_new`
 */
export async function openSqliteJournal(options: SqliteJournalOptions): Promise<Journal> {
  const now = (options.clock ?? systemClock()).now();
  const url = new URL('./journal-worker.ts', import.meta.url);
  const worker = await startWorker<JournalCalls>(url, { path: options.path, now });
  return new SqliteJournal(worker, options, await worker.call('opened', null));
}
