import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CodedError, codeOf } from './coded-error.ts';
import { giveToDirectoryOwner } from './directory-owner.ts';
import { writeFailureOf } from './sqlite-failure.ts';
import { settleWal } from './sqlite-wal.ts';

export interface SqliteFileOptions {
  readonly path: string;
  /** SQL that brings a database of schema version i to i + 1; what is already released never changes. */
  readonly migrations: readonly string[];
  /** How long a statement waits for another process's write. Milliseconds. */
  readonly busyTimeoutMs: number;
  /** Refuse every other opener for as long as it is open. The operating system frees the lock when a process dies. */
  readonly exclusive?: boolean;
  /** The file has this one writer: what its WAL shows is made durable first (see settleWal). */
  readonly settle?: boolean;
}

/**
 * Opens (and creates) a database file: directories 0700, file 0600 (SQLite gives its WAL the same mode), WAL with
 * `synchronous=FULL` so that a commit survives the death of the machine, brought to the newest schema.
 * @throws CodedError `schema_too_new` (written by a newer release), `database_locked` (open elsewhere, one of the two
 * exclusively), `database_unavailable` (path, rights, not a database, disk).
 */
export function openSqliteFile(options: SqliteFileOptions): DatabaseSync {
  const { path, migrations, busyTimeoutMs } = options;
  let database: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    createPrivate(path);
    database = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    // Before the first access to the WAL, so that its index is kept in this process's memory.
    if (options.exclusive) database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    if (options.exclusive) database.exec('BEGIN EXCLUSIVE; COMMIT;');
    if (options.settle) settleWal(database, path);
    migrate(database, path, migrations);
    return database;
  } catch (cause) {
    if (database?.isOpen) database.close();
    if (cause instanceof CodedError) throw cause;
    if (writeFailureOf(cause) === 'busy') {
      throw new CodedError(
        'database_locked',
        `${path} is in use by another process: stop that one first, or give this one a data directory of its own`,
        { cause, details: { path } },
      );
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      'database_unavailable',
      `${path} cannot be opened as a database (${reason}): check the path, its owner and the free space; whether it is damaged says npm run check`,
      { cause, details: { path } },
    );
  }
}

/**
 * Makes the file when it is not there. One that is there is left alone: closing it would let go of every lock that this
 * process has on it (POSIX, fcntl), whichever connection took it.
 */
function createPrivate(path: string): void {
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      giveToDirectoryOwner(file, path);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
  }
}

/** Runs `work` in one write transaction; what it throws rolls everything back. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (cause) {
    // SQLite has already rolled back by itself after some errors (disk full, I/O).
    if (database.isTransaction) database.exec('ROLLBACK');
    throw cause;
  }
}

function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version);
}

function migrate(database: DatabaseSync, path: string, migrations: readonly string[]): void {
  if (schemaVersion(database) === migrations.length) return;
  inTransaction(database, () => {
    // Read again under the lock: another process may be opening the same new file.
    const version = schemaVersion(database);
    if (version > migrations.length) {
      throw new CodedError(
        'schema_too_new',
        `${path} has schema version ${version}, this release knows ${migrations.length}: run the newer release, or restore the backup made before the upgrade`,
        { details: { path, version, known: migrations.length } },
      );
    }
    for (const sql of migrations.slice(version)) database.exec(sql);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}
