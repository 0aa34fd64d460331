import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { inTransaction, openSqliteFile } from '../core/sqlite-file.ts';
import { isFrame } from '../model/record.ts';
import type { Position } from './journal.ts';
import type { CommitRequest, JournalCalls, JournalState, JournalWorkerData } from './journal-calls.ts';
import { checksum, decodeBatch, type StoredBatch, verifyBody } from './journal-codec.ts';
import { JOURNAL_MIGRATIONS } from './journal-schema.ts';
import { StreamMarks } from './stream-marks.ts';
import { UnreadRecords } from './unread-records.ts';

/** What a backup or a check of another process may hold up a commit. */
const BUSY_TIMEOUT_MS = 2_000;
/** Batches deleted in one transaction: more would make an ack wait for them. */
const TRIM_BATCHES = 16;
/**
 * Marks go to the table after this many batches or bytes, whichever is first. Per batch they would cost more than the
 * batch itself: a page of the table for nearly every device in it. It is also what opening reads again after a kill.
 */
const FOLD_BATCHES = 128;
const FOLD_BYTES = 8 * 1024 * 1024;

const LAST_SQL = 'SELECT position, total FROM batches ORDER BY position DESC LIMIT 1';
const FIRST_SQL = 'SELECT position, total - length(body) AS base FROM batches ORDER BY position LIMIT 1';
const READ_SQL =
  'SELECT position, records, crc32, body FROM batches WHERE position > ? ORDER BY position LIMIT 1';
const CURSOR_SQL = `INSERT INTO readers VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)`;
// The slowest reader's own batch stays: its total says how much lies behind it.
const TRIM_SQL = `DELETE FROM batches WHERE position IN
  (SELECT position FROM batches WHERE position < ? ORDER BY position LIMIT ${TRIM_BATCHES})`;

/** The journal's file, seen from the worker that owns it. Every method blocks its thread. */
export class JournalDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #marks: StreamMarks;
  readonly #unread: UnreadRecords;
  readonly #sql;
  #position: Position;
  #total: number;
  #folded: Position;
  #bytesSinceFold = 0;
  #now: EpochMs;
  #failed = false;

  constructor({ path, now }: JournalWorkerData) {
    this.#database = openSqliteFile({
      path,
      migrations: JOURNAL_MIGRATIONS,
      busyTimeoutMs: BUSY_TIMEOUT_MS,
      settle: true,
    });
    const prepare = (sql: string) => this.#database.prepare(sql);
    this.#sql = {
      insert: prepare('INSERT INTO batches (position, records, crc32, total, body) VALUES (?, ?, ?, ?, ?)'),
      total: prepare('SELECT total FROM batches WHERE position = ?'),
      first: prepare(FIRST_SQL),
      read: prepare(READ_SQL),
      cursor: prepare(CURSOR_SQL),
      readers: prepare('SELECT name, position FROM readers'),
      slowest: prepare('SELECT min(position) AS position FROM readers'),
      trim: prepare(TRIM_SQL),
      folded: prepare('UPDATE state SET folded = ?'),
    };
    this.#marks = new StreamMarks(this.#database);
    const last = prepare(LAST_SQL).get();
    this.#position = Number(last?.position ?? 0);
    this.#total = Number(last?.total ?? 0);
    this.#folded = Number(prepare('SELECT folded FROM state').get()?.folded);
    this.#recoverMarks();
    this.#unread = new UnreadRecords(this.#database, this.#readers(), this.#position);
    this.#now = now;
    inTransaction(this.#database, () => this.#fold());
  }

  opened(): ReturnType<JournalCalls['opened']> {
    return { ...this.#state(), readers: this.#readers() };
  }

  commit({ batch, cursors, now }: CommitRequest): JournalState {
    // After a failed fsync nobody knows what the disk has: a second attempt might "succeed" without it.
    this.#refuseIfFailed();
    this.#now = now;
    try {
      let count = (): void => {};
      const state = inTransaction(this.#database, () => {
        if (batch !== null) this.#insert(batch);
        for (const [name, position] of cursors) this.#sql.cursor.run(name, position);
        count = this.#unread.after(batch?.records ?? 0, cursors, this.#position);
        if (this.#position - this.#folded >= FOLD_BATCHES || this.#bytesSinceFold >= FOLD_BYTES) this.#fold();
        this.#sql.trim.run(this.#trimEnd());
        return this.#state();
      });
      count();
      return { ...state, unreadRecords: this.#unread.all() };
    } catch (cause) {
      this.#failed = true;
      throw cause;
    }
  }

  read(after: Position): StoredBatch | null {
    const row = this.#sql.read.get(after) as StoredBatch | undefined;
    if (row === undefined) return null;
    const { position, records, crc32, body } = row;
    const batch = { position, records, crc32, body };
    verifyBody(batch);
    return batch;
  }

  seq({ device, stream }: Parameters<JournalCalls['seq']>[0]): number {
    // Marks of a batch whose commit failed are in memory and on no disk.
    this.#refuseIfFailed();
    return this.#marks.get(device, stream);
  }

  [Symbol.dispose](): void {
    if (this.#failed) return;
    inTransaction(this.#database, () => this.#fold());
    this.#database.close();
  }

  #readers(): readonly (readonly [name: string, position: Position])[] {
    return this.#sql.readers.all().map((row) => [String(row.name), Number(row.position)] as const);
  }

  #refuseIfFailed(): void {
    if (this.#failed) throw new CodedError('journal_failed', 'an earlier commit failed: restart');
  }

  #insert({ body, records, marks }: NonNullable<CommitRequest['batch']>): void {
    this.#position += 1;
    this.#total += body.byteLength;
    this.#bytesSinceFold += body.byteLength;
    this.#sql.insert.run(this.#position, records, checksum(body), this.#total, body);
    for (const mark of marks) this.#marks.put(mark);
  }

  #fold(): void {
    this.#marks.fold(this.#now);
    this.#sql.folded.run(this.#position);
    this.#folded = this.#position;
    this.#bytesSinceFold = 0;
  }

  /** Marks of the batches that a killed process had not folded. */
  #recoverMarks(): void {
    for (let batch = this.read(this.#folded); batch !== null; batch = this.read(batch.position)) {
      for (const record of decodeBatch(batch)) if (isFrame(record)) this.#marks.put(record);
    }
  }

  /** Batches before this one are not needed: read by every reader, folded, and not the newest. */
  #trimEnd(): Position {
    const slowest = this.#sql.slowest.get()?.position;
    if (slowest === null || slowest === undefined) return 0;
    return Math.min(Number(slowest), this.#folded, this.#position);
  }

  #state(): JournalState {
    const first = this.#sql.first.get();
    const oldest = Number(first?.position ?? 0);
    const slowest = Number(this.#sql.slowest.get()?.position ?? 0);
    const read = this.#sql.total.get(slowest)?.total ?? first?.base ?? 0;
    return {
      position: this.#position,
      oldest,
      unreadBytes: this.#total - Number(read),
      unreadRecords: this.#unread.all(),
      trimmable: oldest < this.#trimEnd(),
    };
  }
}
