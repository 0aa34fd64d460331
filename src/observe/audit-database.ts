import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CodedError } from '../core/coded-error.ts';
import { inTransaction, openSqliteFile } from '../core/sqlite-file.ts';
import type { AuditWorkerData } from './audit-calls.ts';
import { type AuditFields, type AuditHead, GENESIS, sealEntry } from './audit-chain.ts';
import { AUDIT_MIGRATIONS } from './audit-schema.ts';

/** SQLite's primary result codes after which the file is as it was: the next append may work. */
const PASSING: Readonly<Record<number, string>> = {
  5: 'another process did not let go of it',
  13: 'the disk is full',
};

/** The audit trail's file, for appending. Any number of processes may have it open. Every method blocks its thread. */
export class AuditDatabase implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #head: StatementSync;
  readonly #put: StatementSync;
  #failed = false;

  /** @throws CodedError `database_unavailable`, `database_locked`, `schema_too_new` */
  constructor({ path, busyTimeoutMs }: AuditWorkerData) {
    this.#path = path;
    this.#database = openSqliteFile({ path, migrations: AUDIT_MIGRATIONS, busyTimeoutMs });
    this.#head = this.#database.prepare('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1');
    this.#put = this.#database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  /** @throws CodedError `audit_not_written` (this time), `audit_failed` (for good) */
  append(entries: readonly AuditFields[]): void {
    // After a failed fsync nobody knows what the disk has: a second attempt might "succeed" without it.
    if (this.#failed) throw this.#failure('an earlier commit failed');
    try {
      inTransaction(this.#database, () => {
        // Under the write lock: whoever appended last, in whatever process, is the one to follow.
        let head = this.#readHead();
        for (const fields of entries) head = this.#seal(head, fields);
      });
    } catch (cause) {
      const errcode = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : 0;
      const passing = PASSING[errcode];
      if (passing !== undefined) {
        throw new CodedError(
          'audit_not_written',
          `the audit trail ${this.#path} was not written: ${passing}: nothing of this was recorded`,
          { cause },
        );
      }
      this.#failed = true;
      throw this.#failure(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#failed) this.#database.close();
  }

  #readHead(): AuditHead {
    const last = this.#head.get();
    return last === undefined ? GENESIS : { seq: Number(last.seq), hash: String(last.hash) };
  }

  #seal(head: AuditHead, fields: AuditFields): AuditHead {
    const { seq, at, actorKind, actor, action, subject, details, previous, hash } = sealEntry(head, fields);
    this.#put.run(seq, at, actorKind, actor, action, subject, details, previous, hash);
    return { seq, hash };
  }

  #failure(reason: string, cause?: unknown): CodedError {
    return new CodedError(
      'audit_failed',
      `the audit trail ${this.#path} could not be written (${reason}): check the disk and restart`,
      { cause },
    );
  }
}
