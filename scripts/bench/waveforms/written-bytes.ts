import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Bytes that came on a server's disk. */
export interface Written {
  /** Of the batches of its journal, without what SQLite puts around them. */
  readonly journal: number;
  /** Of the embedded store's pages in use; 0 where the store is elsewhere. */
  readonly store: number;
}

/** Looks at a server's databases past the product's code. */
export class WrittenBytes {
  readonly #journal: string;
  readonly #store: string;
  #position = 0;
  #pages = 0;

  /** @param data the server's data directory */
  constructor(data: string) {
    this.#journal = join(data, 'journal.db');
    this.#store = join(data, 'telemetry.db');
    this.take();
  }

  /** What came since the last time. `JournalCount` keeps what it has not counted: whoever counts does it afterwards. */
  take(): Written {
    const pages = this.#pages;
    this.#pages = existsSync(this.#store) ? this.#storeBytes() : 0;
    return { journal: this.#journalBytes(), store: this.#pages - pages };
  }

  #journalBytes(): number {
    using database = this.#open(this.#journal);
    const found = database
      .prepare('SELECT sum(length(body)) AS bytes, max(position) AS position FROM batches WHERE position > ?')
      .get(this.#position);
    this.#position = Number(found?.position ?? this.#position);
    return Number(found?.bytes ?? 0);
  }

  #storeBytes(): number {
    using database = this.#open(this.#store);
    const pragma = (name: string): number =>
      Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  #open(path: string): DatabaseSync {
    return new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  }
}
