import type { DatabaseSync } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { writeFailureOf } from '../core/sqlite-failure.ts';
import { inTransaction, openSqliteFile } from '../core/sqlite-file.ts';
import { isFrame } from '../model/record.ts';
import type { Position } from './journal.ts';
import type { CommitRequest, Fold, JournalCalls, JournalState, JournalWorkerData } from './journal-calls.ts';
import { checksum, decodeBatch, type StoredBatch, verifyBody } from './journal-codec.ts';
import { JOURNAL_MIGRATIONS } from './journal-schema.ts';
import { StreamMarks } from './stream-marks.ts';
import { UnreadRecords } from './unread-records.ts';

/** What a backup or a check of another process may hold up a commit. */
const BUSY_TIMEOUT_MS = 2_000;
/** Batches deleted in one transaction: more would make an ack wait for them. */
const TRIM_BATCHES = 16;
const LAST_SQL = 'SELECT position, total FROM batches ORDER BY position DESC LIMIT 1';
const FIRST_SQL = 'SELECT position, total - length(body) AS base FROM batches ORDER BY position LIMIT 1';
const READ_SQL =
  'SELECT position, records, crc32, body FROM batches WHERE position > ? ORDER BY position LIMIT 1';
const CURSOR_SQL = `INSERT INTO readers VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)`;
// The slowest reader's own batch stays: its total says how much lies behind it.
const TRIM_SQL = `DELETE FROM batches WHERE position IN
  (SELECT position FROM batches WHERE position < ? ORDER BY position LIMIT ${TRIM_BATCHES})`;

/** Where the journal stands after a commit. */
interface Head {
  readonly position: Position;
  readonly total: number;
  /** The marks of the batches up to it are in the table. */
  readonly folded: Position;
  /** Position of the slowest reader, null when there is none. */
  readonly slowest: Position | null;
  /** The oldest batch kept, 0 when there is none. */
  readonly oldest: Position;
  /** `total` of what the slowest reader committed, or of what was trimmed. */
  readonly read: number;
}

/**
 * The journal's file, seen from the worker that owns it. Every method blocks its thread. What it keeps in memory changes
 * after a commit only, so that one that was rolled back leaves no trace.
 */
export class JournalDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #marks: StreamMarks;
  readonly #unread: UnreadRecords;
  readonly #sql;
  #head: Head;
  /** The commit that was rolled back, to be tried again. */
  #refused: CommitRequest | null = null;
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
    const position = Number(last?.position ?? 0);
    const folded = Number(prepare('SELECT folded FROM state').get()?.folded);
    this.#head = this.#look({ position, total: Number(last?.total ?? 0), folded });
    this.#unread = new UnreadRecords(this.#database, this.#readers(), position);
    this.#recoverMarks();
    this.#foldFirst(path, now);
  }

  opened(): ReturnType<JournalCalls['opened']> {
    return { ...this.#state(), readers: this.#readers() };
  }

  /**
   * @throws CodedError `journal_disk_full`, `journal_busy` (rolled back, and kept to be tried again), `journal_failed`
   * (for good)
   */
  commit(request: CommitRequest): JournalState {
    this.#refuseIfFailed();
    try {
      const state = this.#write(request);
      this.#refused = null;
      return state;
    } catch (cause) {
      // Not even rolled back: nothing can be said of what the file holds.
      const failure = this.#database.isTransaction ? 'failed' : writeFailureOf(cause);
      if (failure === 'failed') throw this.#fail(cause);
      this.#refused = request;
      throw new CodedError(`journal_${failure}`, `a commit of the journal was rolled back: ${failure}`, {
        cause,
      });
    }
  }

  /** The commit that was rolled back, again. @throws as `commit` */
  retry(now: EpochMs): JournalState {
    if (this.#refused === null)
      throw new CodedError('journal_failed', 'there is no commit to be tried again');
    return this.commit({ ...this.#refused, now });
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
    this.#refuseIfFailed();
    return this.#marks.get(device, stream);
  }

  fold({ now, ...fold }: Parameters<JournalCalls['fold']>[0]): void {
    if (this.#failed) return;
    try {
      this.#foldAlone(fold, now);
    } catch (cause) {
      // The next opening reads what was not folded.
      if (this.#database.isTransaction || writeFailureOf(cause) === 'failed') throw this.#fail(cause);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#failed) this.#database.close();
  }

  /** After a failed fsync nobody knows what the disk has: a second attempt might "succeed" without it. */
  #refuseIfFailed(): void {
    if (this.#failed) throw new CodedError('journal_failed', 'an earlier commit failed: restart');
  }

  #fail(cause: unknown): CodedError {
    this.#failed = true;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new CodedError('journal_failed', reason, { cause });
  }

  #write({ batch, cursors, fold, now }: CommitRequest): JournalState {
    const [head, count] = inTransaction(this.#database, () => {
      const next = this.#insert(fold === null ? this.#head : this.#fold(fold, now), batch);
      for (const [name, at] of cursors) this.#sql.cursor.run(name, at);
      const counted = this.#unread.after(batch?.records ?? 0, cursors, next.position);
      return [this.#trim(cursors.length === 0 ? next : this.#look(next)), counted] as const;
    });
    if (fold !== null) this.#marks.folded(now);
    count();
    this.#head = head;
    return this.#state();
  }

  #insert(head: Head, batch: CommitRequest['batch']): Head {
    if (batch === null) return head;
    const { body, records } = batch;
    const position = head.position + 1;
    const total = head.total + body.byteLength;
    this.#sql.insert.run(position, records, checksum(body), total, body);
    return { ...head, position, total, oldest: head.oldest === 0 ? position : head.oldest };
  }

  #trim(head: Head): Head {
    const end = trimEnd(head);
    if (end <= head.oldest) return head;
    this.#sql.trim.run(end);
    return this.#look(head);
  }

  /** Within a transaction: puts the marks of every batch up to `through` into the table. */
  #fold({ marks, through }: Fold, now: EpochMs): Head {
    this.#marks.fold(marks, now);
    this.#sql.folded.run(through);
    return { ...this.#head, folded: through };
  }

  #foldAlone(fold: Fold, now: EpochMs): void {
    const head = inTransaction(this.#database, () => this.#fold(fold, now));
    this.#marks.folded(now);
    this.#head = head;
  }

  /** @throws CodedError `database_unavailable` where the disk fails; that it is full does not keep what is there from being read */
  #foldFirst(path: string, now: EpochMs): void {
    try {
      this.#foldAlone({ marks: [], through: this.#head.position }, now);
    } catch (cause) {
      if (!this.#database.isTransaction && writeFailureOf(cause) !== 'failed') return;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CodedError('database_unavailable', `${path} cannot be written (${reason}): check the disk`, {
        cause,
        details: { path },
      });
    }
  }

  /** Marks of the batches that a killed process had not folded. */
  #recoverMarks(): void {
    for (let batch = this.read(this.#head.folded); batch !== null; batch = this.read(batch.position)) {
      for (const record of decodeBatch(batch)) {
        if (isFrame(record)) this.#marks.recover(record.device, record.stream, record.seq);
      }
    }
  }

  #readers(): readonly (readonly [string, Position])[] {
    return this.#sql.readers.all().map((row) => [String(row.name), Number(row.position)] as const);
  }

  /** Asks the tables what inserting does not change: only when a cursor moved or something was trimmed. */
  #look(head: Pick<Head, 'position' | 'total' | 'folded'>): Head {
    const at = this.#sql.slowest.get()?.position;
    const slowest = at === null || at === undefined ? null : Number(at);
    const first = this.#sql.first.get();
    const read = this.#sql.total.get(slowest ?? 0)?.total ?? first?.base ?? 0;
    const { position, total, folded } = head;
    return { position, total, folded, slowest, oldest: Number(first?.position ?? 0), read: Number(read) };
  }

  #state(): JournalState {
    const { position, oldest, total, read } = this.#head;
    const trimmable = oldest < trimEnd(this.#head);
    return { position, oldest, unreadBytes: total - read, unreadRecords: this.#unread.all(), trimmable };
  }
}

/** Batches before this one are not needed: read by every reader, folded, and not the newest. */
function trimEnd({ slowest, folded, position }: Head): Position {
  return slowest === null ? 0 : Math.min(slowest, folded, position);
}
