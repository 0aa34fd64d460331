import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Position } from './journal.ts';

type Cursor = readonly [name: string, position: Position];

/**
 * How many records each reader has not committed. Each batch is counted once when the journal is opened and once when a
 * reader passes it, not at every question: what is unread may be millions of records.
 */
export class UnreadRecords {
  readonly #between: StatementSync;
  readonly #readers = new Map<string, { readonly position: Position; readonly records: number }>();

  constructor(database: DatabaseSync, readers: readonly Cursor[], newest: Position) {
    this.#between = database.prepare(
      `SELECT coalesce(sum(records), 0) AS records FROM batches INDEXED BY batch_records
         WHERE position > ? AND position <= ?`,
    );
    for (const [name, position] of readers) {
      this.#readers.set(name, { position, records: this.#count(position, newest) });
    }
  }

  all(): readonly (readonly [name: string, records: number])[] {
    return [...this.#readers].map(([name, { records }]) => [name, records] as const);
  }

  /** What a commit makes of it, before anything is trimmed. Takes effect when the returned function is called. */
  after(added: number, cursors: readonly Cursor[], newest: Position): () => void {
    const moved = cursors.map(([name, position]) => {
      const before = this.#readers.get(name);
      if (before === undefined) return { name, position, records: this.#count(position, newest) };
      const end = Math.max(position, before.position);
      return { name, position: end, records: before.records + added - this.#count(before.position, end) };
    });
    return () => {
      for (const [name, { position, records }] of this.#readers) {
        this.#readers.set(name, { position, records: records + added });
      }
      for (const { name, position, records } of moved) this.#readers.set(name, { position, records });
    };
  }

  #count(after: Position, through: Position): number {
    return Number(this.#between.get(after, through)?.records);
  }
}
