import { type Clock, systemClock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { startWorker, type WorkerCalls } from '../core/worker-calls.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';
import type { TelemetryRecord } from '../model/record.ts';
import { Gathering } from './gathering.ts';
import type {
  Journal,
  JournalBatch,
  JournalCondition,
  JournalReader,
  JournalStats,
  Position,
} from './journal.ts';
import type { JournalCalls, JournalState } from './journal-calls.ts';
import { decodeBatch } from './journal-codec.ts';
import { RecentBatches } from './recent-batches.ts';
import { Room } from './room.ts';

export interface SqliteJournalOptions {
  /** The database file, e.g. `var/journal.db`. One journal at a time (see lockDataDirectory); others may read the file. */
  readonly path: string;
  /** Bytes accepted and not yet durable from which `append` rejects with `journal_full`. */
  readonly maxPendingBytes: number;
  /** The same for durable bytes that the slowest reader has not committed. Default 16 GiB. */
  readonly maxUnreadBytes?: number;
  /** Dates streams, to forget them 30 days after their last frame. Default the system's. */
  readonly clock?: Clock;
}

const DEFAULT_MAX_UNREAD_BYTES = 16 * 2 ** 30;
const MAX_RECENT_BYTES = 4 * 2 ** 20;

interface Waiter {
  readonly wake: () => void;
  readonly fail: (cause: Error) => void;
}

class SqliteJournal implements Journal {
  readonly #worker: WorkerCalls<JournalCalls>;
  readonly #clock: Clock;
  readonly #room: Room;
  readonly #recent = new RecentBatches(MAX_RECENT_BYTES);
  /** Committed position of every reader ever named. */
  readonly #committed: Map<string, Position>;
  /** What the readers in this process were given last. */
  readonly #given = new Map<string, Position>();
  readonly #waiters = new Set<Waiter>();
  readonly #conditionListeners = new Set<(condition: JournalCondition) => void>();
  readonly #failureListeners = new Set<(cause: Error) => void>();
  #state: JournalState;
  #gathering = new Gathering();
  #committing = false;
  #handOverDue = false;
  #pendingBytes = 0;
  #pendingRecords = 0;
  #committedRecords = 0;
  #failure: CodedError | null = null;
  #closing: Promise<void> | null = null;
  #drained: (() => void) | null = null;

  constructor(
    worker: WorkerCalls<JournalCalls>,
    {
      maxPendingBytes,
      maxUnreadBytes = DEFAULT_MAX_UNREAD_BYTES,
      clock = systemClock(),
    }: SqliteJournalOptions,
    { readers, ...state }: ReturnType<JournalCalls['opened']>,
  ) {
    this.#worker = worker;
    this.#clock = clock;
    this.#room = new Room(maxPendingBytes, maxUnreadBytes);
    this.#committed = new Map(readers);
    this.#state = state;
    this.#room.update(0, state.unreadBytes);
  }

  append(record: TelemetryRecord): Promise<void> {
    const refused = this.#refusal();
    if (refused !== null) return Promise.reject(refused);
    if (!this.#room.update(this.#pendingBytes, this.#state.unreadBytes)) return Promise.reject(full());
    try {
      this.#pendingBytes += this.#gathering.add(record);
    } catch (cause) {
      return Promise.reject(new CodedError('invalid_record', 'a record that JSON cannot hold', { cause }));
    }
    this.#pendingRecords += 1;
    this.#room.update(this.#pendingBytes, this.#state.unreadBytes);
    this.#handOverSoon();
    return this.#gathering.promise;
  }

  get condition(): JournalCondition {
    if (this.#failure !== null) return 'failed';
    return this.#room.waiting === null ? 'ok' : 'behind';
  }

  onCondition(listener: (condition: JournalCondition) => void): Disposable {
    this.#conditionListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#conditionListeners.delete(listener) };
  }

  writable(): Promise<void> | null {
    return this.#room.waiting;
  }

  async durableSeq(device: DeviceId, stream: StreamId): Promise<number> {
    const refused = this.#refusal();
    if (refused !== null) throw refused;
    return await this.#worker.call('seq', { device, stream });
  }

  reader(name: string): JournalReader {
    const start = this.#committed.get(name) ?? Math.max(0, this.#state.oldest - 1);
    this.#given.set(name, start);
    if (!this.#committed.has(name)) this.#moveCursor(name, start);
    let given = start;
    return {
      next: async (signal) => {
        while (given >= this.#state.position) await this.#arrival(signal);
        signal.throwIfAborted();
        const batch = this.#recent.get(given + 1) ?? (await this.#read(given));
        given = batch.position;
        this.#given.set(name, given);
        this.#recent.dropThrough(Math.min(...this.#given.values()));
        return batch;
      },
      commit: async (position) => {
        await this.#commitReader(name, position);
        if (position <= given) return;
        // What is dealt with need not be given.
        given = position;
        this.#given.set(name, given);
        this.#recent.dropThrough(Math.min(...this.#given.values()));
      },
    };
  }

  stats(): JournalStats {
    const unread = [...this.#committed].map(([name, at]) => [name, this.#state.position - at] as const);
    return {
      pendingRecords: this.#pendingRecords,
      pendingBytes: this.#pendingBytes,
      position: this.#state.position,
      committedRecords: this.#committedRecords,
      unread: Object.fromEntries(unread),
      unreadRecords: Object.fromEntries(this.#state.unreadRecords),
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

  /** Waits for the turn of the event loop to end, so that everything it read from its sockets shares the commit. */
  #handOverSoon(): void {
    if (this.#committing || this.#handOverDue) return;
    this.#handOverDue = true;
    setImmediate(() => {
      this.#handOverDue = false;
      this.#handOver();
    });
  }

  /** Two commits never overlap: what is appended meanwhile is the next. */
  #handOver(): void {
    if (this.#committing || this.#failure !== null) return;
    if (this.#gathering.isEmpty) {
      if (this.#drained !== null) return this.#drained();
      if (!this.#state.trimmable) return;
    }
    const batch = this.#gathering;
    this.#gathering = new Gathering();
    this.#committing = true;
    const request = batch.request(this.#clock.now());
    const transfer = request.batch === null ? [] : [request.batch.body.buffer];
    this.#worker.call('commit', request, transfer).then(
      (state) => this.#committedBatch(batch, state),
      (cause: Error) => this.#fail(cause, batch),
    );
  }

  #committedBatch(batch: Gathering, state: JournalState): void {
    this.#committing = false;
    this.#state = state;
    this.#pendingBytes -= batch.bytes;
    this.#pendingRecords -= batch.records.length;
    this.#committedRecords += batch.records.length;
    batch.resolve();
    this.#handOver();
    this.#room.update(this.#pendingBytes, state.unreadBytes);
    if (batch.records.length === 0) return;
    if (this.#given.size > 0) {
      this.#recent.put({ position: state.position, records: batch.records }, batch.bytes);
    }
    for (const { wake } of this.#waiters) wake();
    this.#waiters.clear();
  }

  #fail(cause: Error, batch: Gathering): void {
    this.#committing = false;
    this.#failure = new CodedError(
      'journal_failed',
      `a commit of the journal failed (${cause.message}); nothing is accepted any more: check the disk and restart`,
      { cause },
    );
    batch.reject(this.#failure);
    this.#gathering.reject(this.#failure);
    this.#room.fail(this.#failure);
    for (const { fail } of this.#waiters) fail(this.#failure);
    this.#waiters.clear();
    this.#drained?.();
    for (const listener of this.#conditionListeners) listener('failed');
    for (const listener of this.#failureListeners) listener(this.#failure);
  }

  #refusal(): CodedError | null {
    if (this.#failure !== null) return this.#failure;
    return this.#closing === null ? null : closed();
  }

  #moveCursor(name: string, position: Position): Promise<void> {
    this.#committed.set(name, Math.max(position, this.#committed.get(name) ?? 0));
    this.#gathering.moveCursor(name, position);
    this.#handOverSoon();
    return this.#gathering.promise;
  }

  async #commitReader(name: string, position: Position): Promise<void> {
    const refused = this.#refusal();
    if (refused !== null) throw refused;
    if (!Number.isSafeInteger(position) || position < 0 || position > this.#state.position) {
      throw new CodedError(
        'invalid_position',
        `reader ${name} cannot commit batch ${position}: the newest is ${this.#state.position}`,
        { details: { name, position } },
      );
    }
    await this.#moveCursor(name, position);
  }

  #arrival(signal: AbortSignal): Promise<void> {
    const refused = this.#refusal();
    if (refused !== null) return Promise.reject(refused);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const abort = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
      };
      const leave = (): void => signal.removeEventListener('abort', abort);
      const waiter: Waiter = {
        wake: () => {
          leave();
          resolve();
        },
        fail: (cause) => {
          leave();
          reject(cause);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  async #read(after: Position): Promise<JournalBatch> {
    const stored = await this.#worker.call('read', { after });
    // A new reader may find that what it would have begun with was trimmed meanwhile; any other gap is a loss.
    if (stored === null || (stored.position !== after + 1 && after >= this.#state.oldest)) {
      throw new CodedError(
        'journal_corrupt',
        `batch ${after + 1} of the journal is missing: restore the journal from a backup`,
        { details: { position: after + 1 } },
      );
    }
    return { position: stored.position, records: decodeBatch(stored) };
  }

  async #close(): Promise<void> {
    if (this.#failure === null) {
      const drained = Promise.withResolvers<void>();
      this.#drained = drained.resolve;
      this.#handOver();
      await drained.promise;
    }
    for (const { fail } of this.#waiters) fail(closed());
    this.#waiters.clear();
    await this.#worker[Symbol.asyncDispose]();
  }
}

function full(): CodedError {
  return new CodedError(
    'journal_full',
    'the journal takes no more until its disk or its readers catch up: wait for writable()',
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
