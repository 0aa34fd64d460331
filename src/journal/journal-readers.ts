import { CodedError } from '../core/coded-error.ts';
import type { TelemetryRecord } from '../model/record.ts';
import type { JournalBatch, JournalReader, Position } from './journal.ts';
import { decodeBatch, type StoredBatch } from './journal-codec.ts';
import { RecentBatches } from './recent-batches.ts';

/** Of the newest batches, so that a reader that is a second behind need not read them from the disk and decode them again. */
const MAX_RECENT_BYTES = 16 * 2 ** 20;

/** What the readers need of their journal. */
export interface ReadersSource {
  /** The newest durable batch, and the oldest kept. */
  readonly newest: () => Position;
  readonly oldest: () => Position;
  /** Why nothing is to be had any more, or null. */
  readonly refusal: () => CodedError | null;
  readonly read: (after: Position) => Promise<StoredBatch | null>;
  readonly moveCursor: (name: string, position: Position) => Promise<void>;
}

interface Waiter {
  readonly wake: () => void;
  readonly fail: (cause: Error) => void;
}

/** The named readers of a journal: where each is, and which wait for what is to come. */
export class JournalReaders {
  readonly #source: ReadersSource;
  readonly #recent = new RecentBatches(MAX_RECENT_BYTES);
  /** Committed position of every reader ever named. */
  readonly #committed: Map<string, Position>;
  /** What the readers were given last that ask for one batch after the other: for them the recent ones are kept. */
  readonly #following = new Map<string, Position>();
  readonly #waiters = new Set<Waiter>();

  constructor(committed: readonly (readonly [string, Position])[], source: ReadersSource) {
    this.#source = source;
    this.#committed = new Map(committed);
  }

  reader(name: string): JournalReader {
    const start = this.#committed.get(name) ?? Math.max(0, this.#source.oldest() - 1);
    // A failure is told by whatever is asked of the reader next.
    if (!this.#committed.has(name)) this.#moveCursor(name, start).catch(() => {});
    let given = start;
    return {
      next: async (signal) => {
        this.#following.set(name, given);
        while (given >= this.#source.newest()) await this.#arrival(signal);
        signal.throwIfAborted();
        const batch = this.#recent.get(given + 1) ?? (await this.#read(given));
        given = batch.position;
        this.#following.set(name, given);
        this.#letGo();
        return batch;
      },
      commit: async (position) => {
        await this.#commit(name, position);
        if (position <= given) return;
        // What is dealt with need not be given. Nor kept, for one that reads nothing and only keeps its place.
        given = position;
        this.#following.delete(name);
        this.#letGo();
      },
    };
  }

  /** Batches that each reader has not committed. */
  unread(): Readonly<Record<string, number>> {
    const newest = this.#source.newest();
    return Object.fromEntries([...this.#committed].map(([name, at]) => [name, newest - at] as const));
  }

  /** A batch became durable. */
  arrived(position: Position, records: readonly TelemetryRecord[], bytes: number): void {
    if (this.#following.size > 0) this.#recent.put({ position, records }, bytes);
    for (const { wake } of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Nothing more is to come. */
  end(cause: Error): void {
    for (const { fail } of this.#waiters) fail(cause);
    this.#waiters.clear();
  }

  #letGo(): void {
    this.#recent.dropThrough(Math.min(...this.#following.values()));
  }

  #moveCursor(name: string, position: Position): Promise<void> {
    this.#committed.set(name, Math.max(position, this.#committed.get(name) ?? 0));
    return this.#source.moveCursor(name, position);
  }

  async #commit(name: string, position: Position): Promise<void> {
    const refused = this.#source.refusal();
    if (refused !== null) throw refused;
    const newest = this.#source.newest();
    if (!Number.isSafeInteger(position) || position < 0 || position > newest) {
      throw new CodedError(
        'invalid_position',
        `reader ${name} cannot commit batch ${position}: the newest is ${newest}`,
        { details: { name, position } },
      );
    }
    await this.#moveCursor(name, position);
  }

  #arrival(signal: AbortSignal): Promise<void> {
    const refused = this.#source.refusal();
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
    const stored = await this.#source.read(after);
    // A new reader may find that what it would have begun with was trimmed meanwhile; any other gap is a loss.
    if (stored === null || (stored.position !== after + 1 && after >= this.#source.oldest())) {
      throw new CodedError(
        'journal_corrupt',
        `batch ${after + 1} of the journal is missing: restore the journal from a backup`,
        { details: { position: after + 1 } },
      );
    }
    return { position: stored.position, records: decodeBatch(stored) };
  }
}
