import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { CodedError } from '../../src/core/coded-error.ts';

const BUSY_TIMEOUT_MS = 5_000;
/** Pages copied between two looks at the progress: 4 MiB. */
const PAGES_A_STEP = 1_024;

/** One state of a database that others go on writing: what is read of it and what is copied are the same. */
export class Snapshot implements Disposable {
  readonly path: string;
  readonly database: DatabaseSync;

  /**
   * @param options.unchanging nobody writes the file, and nothing may be made beside it: a backup, perhaps on a disk that
   *   is read only
   * @throws CodedError `database_unavailable`
   */
  constructor(path: string, { unchanging = false }: { readonly unchanging?: boolean } = {}) {
    this.path = path;
    let database: DatabaseSync | null = null;
    try {
      if (!existsSync(path)) throw new Error('it does not exist');
      const url = pathToFileURL(resolve(path));
      if (unchanging) url.searchParams.set('immutable', '1');
      database = new DatabaseSync(url, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
      // A reader of a WAL holds up no writer. Its first read takes the snapshot, its end lets go of it.
      database.exec('BEGIN');
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      this.database = database;
    } catch (cause) {
      database?.close();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CodedError(
        'database_unavailable',
        `${path} cannot be read as a database (${reason}): check the path and its owner, or restore it`,
        { cause, details: { path } },
      );
    }
  }

  /** Octets of the copy. */
  get size(): number {
    const of = (pragma: string): number =>
      Number(Object.values(this.database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    return of('page_count') * of('page_size');
  }

  get schema(): number {
    return Number(this.database.prepare('PRAGMA user_version').get()?.user_version);
  }

  /**
   * Copies it to a file that is not there yet or empty. It is SQLite's online backup: begun within this transaction it
   * neither begins anew when somebody writes, nor sees it.
   */
  async copyTo(path: string, progress: (copied: number, total: number) => void): Promise<void> {
    await backup(this.database, path, {
      rate: PAGES_A_STEP,
      progress: ({ totalPages, remainingPages }) => progress(totalPages - remainingPages, totalPages),
    });
  }

  [Symbol.dispose](): void {
    if (this.database.isOpen) this.database.close();
  }
}
