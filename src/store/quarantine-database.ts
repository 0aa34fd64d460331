import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { inTransaction, openSqliteFile } from '../core/sqlite-file.ts';
import type { Point } from './point.ts';

/** A point as it is set aside, in JSON, and why. */
export interface Refused {
  /** When. */
  readonly at: EpochMs;
  readonly point: string;
  readonly code: string;
  /** In the store's own words. */
  readonly message: string;
}

/** A point that the store refused, as it is kept. */
export interface QuarantineEntry {
  readonly id: number;
  /** When it was refused first, and last. */
  readonly at: EpochMs;
  readonly tried: EpochMs;
  /** How often it was refused. */
  readonly attempts: number;
  /** Of the last refusal. */
  readonly code: string;
  readonly message: string;
  readonly point: Point;
}

/** Schema of `quarantine.db`. `held` is what `points` adds up to, kept by triggers: several processes write. */
export const QUARANTINE_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE points (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- SHA-256 of the point: after a crash the writer sets aside again what it had set aside already.
    key BLOB NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    tried INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    point TEXT NOT NULL
  ) STRICT;
  CREATE TABLE held (
    only INTEGER PRIMARY KEY CHECK (only = 1), points INTEGER NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO held VALUES (1, 0, 0);
  CREATE TRIGGER point_added AFTER INSERT ON points
    BEGIN UPDATE held SET points = points + 1, bytes = bytes + length(NEW.point); END;
  CREATE TRIGGER point_removed AFTER DELETE ON points
    BEGIN UPDATE held SET points = points - 1, bytes = bytes - length(OLD.point); END;
  `,
];

/** The server, and whoever repairs, each write for milliseconds at a time. */
const BUSY_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
/** A refusal may repeat what it refuses. Characters. */
const MAX_MESSAGE = 1_000;

const PUT_SQL = `INSERT INTO points (key, at, tried, attempts, code, message, point) VALUES (?, ?, ?, 1, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET tried = excluded.tried, attempts = attempts + 1, code = excluded.code,
  message = excluded.message`;

export interface QuarantineDatabaseOptions {
  readonly path: string;
  /** Of points; more is refused, so that a store that takes nothing cannot fill the disk. Default 256 MiB. */
  readonly maxBytes?: number;
}

/**
 * Points that the store will not take, in a SQLite file that several processes may have open. Every method blocks its
 * thread.
 * @throws CodedError of `openSqliteFile`
 */
export class QuarantineDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #maxBytes: number;

  constructor({ path, maxBytes = DEFAULT_MAX_BYTES }: QuarantineDatabaseOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#database = openSqliteFile({
      path,
      migrations: QUARANTINE_MIGRATIONS,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
    });
  }

  /** Keeps points, those refused before with one attempt more; durable on return. @throws CodedError `quarantine_full` */
  add(refused: readonly Refused[]): void {
    inTransaction(this.#database, () => {
      this.#put(refused);
      if (this.held().bytes > this.#maxBytes) throw this.#full();
    });
  }

  /** The same of what was kept elsewhere before: it is taken over however much it is. */
  takeOver(refused: readonly Refused[]): void {
    inTransaction(this.#database, () => this.#put(refused));
  }

  /** How much it holds: points, and their size in characters of JSON. */
  held(): { readonly points: number; readonly bytes: number } {
    const row = this.#database.prepare('SELECT points, bytes FROM held').get();
    return { points: Number(row?.points), bytes: Number(row?.bytes) };
  }

  /** Entries after `after`, in the order of their ids; at most `limit`. */
  entries(after: number, limit: number): readonly QuarantineEntry[] {
    return this.#database
      .prepare('SELECT * FROM points WHERE id > ? ORDER BY id LIMIT ?')
      .all(after, limit)
      .map(toEntry);
  }

  entry(id: number): QuarantineEntry | null {
    const row = this.#database.prepare('SELECT * FROM points WHERE id = ?').get(id);
    return row === undefined ? null : toEntry(row);
  }

  /** Notes that a point was refused again. */
  refusedAgain(id: number, { at, code, message }: Omit<Refused, 'point'>): void {
    this.#database
      .prepare('UPDATE points SET tried = ?, attempts = attempts + 1, code = ?, message = ? WHERE id = ?')
      .run(at, code, message.slice(0, MAX_MESSAGE), id);
  }

  /** All of them or, when the disk fails, none; those that are gone already are passed over. */
  remove(ids: Iterable<number>): void {
    inTransaction(this.#database, () => {
      const remove = this.#database.prepare('DELETE FROM points WHERE id = ?');
      for (const id of ids) remove.run(id);
    });
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #put(refused: readonly Refused[]): void {
    const put = this.#database.prepare(PUT_SQL);
    for (const { at, point, code, message } of refused) {
      const key = createHash('sha256').update(point).digest();
      put.run(key, at, at, code, message.slice(0, MAX_MESSAGE), point);
    }
  }

  #full(): CodedError {
    const maxBytes = this.#maxBytes;
    return new CodedError(
      'quarantine_full',
      `${this.#path} holds ${maxBytes} bytes of refused points, which is all it may: mend what the store refuses, then "npm run quarantine -- retry --all", or drop them`,
      { details: { maxBytes } },
    );
  }
}

function toEntry(row: Record<string, unknown>): QuarantineEntry {
  const { id, at, tried, attempts, code, message, point } = row;
  return {
    ...{ id: Number(id), at: Number(at), tried: Number(tried), attempts: Number(attempts) },
    ...{ code: String(code), message: String(message) },
    point: JSON.parse(String(point)),
  };
}
