import { CodedError } from '../../../../src/core/coded-error.ts';
import type {
  Journal,
  JournalBatch,
  JournalReader,
  JournalStats,
  Position,
  Ticket,
} from '../../../../src/journal/journal.ts';
import type { TelemetryRecord } from '../../../../src/model/record.ts';

/** Far more than a reader that keeps up leaves; one that does not ends the run. */
const MOST_KEPT_RECORDS = 4_000_000;

interface KeptBatch extends JournalBatch {
  /** Records up to here, these included. */
  readonly total: number;
}

interface Place {
  position: Position;
  /** Records up to there. */
  total: number;
}

/** Stands in the place of the product's journal: what it is given is called durable at the end of the turn, on no disk. */
class ForgetfulJournal implements Journal {
  readonly condition = 'ok';
  durableTicket: Ticket = 0;
  #gathering: TelemetryRecord[] = [];
  #gathered = Promise.withResolvers<void>();
  #position: Position = 0;
  #total = 0;
  /** What a reader has not dealt with. */
  readonly #kept = new Map<Position, KeptBatch>();
  #oldest: Position = 1;
  readonly #committed = new Map<string, Place>();
  readonly #commitListeners = new Set<() => void>();
  #arrival = Promise.withResolvers<void>();
  #closed = false;

  append(record: TelemetryRecord): Promise<void> {
    try {
      this.enqueue(record);
      return this.#gathered.promise;
    } catch (refused) {
      return Promise.reject(refused);
    }
  }

  enqueue(record: TelemetryRecord): Ticket {
    if (this.#closed) throw closed();
    const oldest = Math.min(...Array.from(this.#committed.values(), ({ total }) => total));
    if (this.#total - oldest > MOST_KEPT_RECORDS)
      throw new CodedError('journal_failed', 'what is read of the journal is far behind what is written');
    if (this.#gathering.push(record) === 1) setImmediate(() => this.#commitGathered());
    return this.durableTicket + 1;
  }

  onCommitted(listener: () => void): Disposable {
    this.#commitListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#commitListeners.delete(listener) };
  }

  onCondition(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  writable(): null {
    return null;
  }

  async durableSeq(): Promise<number> {
    return 0;
  }

  reader(name: string): JournalReader {
    const place: Place = { position: 0, total: 0 };
    this.#committed.set(name, place);
    let given: Position = 0;
    return {
      next: async (signal) => {
        while (given >= this.#position) await this.#arrived(signal);
        signal.throwIfAborted();
        given += 1;
        const batch = this.#kept.get(given);
        if (batch === undefined) throw new CodedError('journal_corrupt', `batch ${given} is not kept`);
        return batch;
      },
      commit: async (position) => {
        place.total = this.#kept.get(position)?.total ?? place.total;
        place.position = Math.max(place.position, position);
        given = Math.max(given, position);
        this.#dropRead();
      },
    };
  }

  stats(): JournalStats {
    const places = [...this.#committed];
    return {
      ...{ pendingRecords: this.#gathering.length, pendingBytes: 0, pendingMs: 0, unreadBytes: 0 },
      position: this.#position,
      committedRecords: this.#total,
      unread: Object.fromEntries(places.map(([name, at]) => [name, this.#position - at.position])),
      unreadRecords: Object.fromEntries(places.map(([name, at]) => [name, this.#total - at.total])),
      failed: false,
    };
  }

  onFailure(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#commitGathered();
    this.#closed = true;
    this.#arrival.promise.catch(() => {});
    this.#arrival.reject(closed());
  }

  #commitGathered(): void {
    const records = this.#gathering;
    if (records.length === 0) return;
    this.#gathering = [];
    this.#position += 1;
    this.#total += records.length;
    this.#kept.set(this.#position, { position: this.#position, records, total: this.#total });
    this.durableTicket += 1;
    const [gathered, arrival] = [this.#gathered, this.#arrival];
    this.#gathered = Promise.withResolvers();
    this.#arrival = Promise.withResolvers();
    gathered.resolve();
    arrival.resolve();
    for (const listener of this.#commitListeners) listener();
  }

  #dropRead(): void {
    const read = Math.min(...Array.from(this.#committed.values(), ({ position }) => position));
    for (; this.#oldest <= read; this.#oldest++) this.#kept.delete(this.#oldest);
  }

  async #arrived(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#arrival.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}

function closed(): CodedError {
  return new CodedError('journal_closed', 'the journal is closed');
}

/** In the place of the function of the same name. */
export async function openSqliteJournal(): Promise<Journal> {
  return new ForgetfulJournal();
}
