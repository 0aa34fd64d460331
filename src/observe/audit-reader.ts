import { existsSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { CodedError } from '../core/coded-error.ts';
import { openSqliteFile } from '../core/sqlite-file.ts';
import type { SealedEntry } from './audit-chain.ts';
import { AUDIT_WINDOW, type AuditPage, type AuditPageQuery, type AuditQuery } from './audit-page.ts';
import { AUDIT_BUSY_TIMEOUT_MS, AUDIT_MIGRATIONS, AUDIT_TRIGGERS } from './audit-schema.ts';

/** Rows of one read. Each read is a transaction of its own, so that a long walk does not hold back the checkpoints of those who write. */
const PAGE = 1_000;

/** The audit trail for reading, beside those who append to it. */
export class AuditReader implements Disposable {
  readonly #path: string;
  readonly #database: DatabaseSync;

  /**
   * @param opened the file, where the caller has it open already; it is closed with the reader
   * @throws CodedError `audit_missing`, `database_unavailable`, `schema_too_new`
   */
  constructor(path: string, opened?: DatabaseSync) {
    if (!existsSync(path)) {
      throw new CodedError(
        'audit_missing',
        `${path} does not exist: nothing was recorded in this data directory, or the trail was removed`,
        { details: { path } },
      );
    }
    this.#path = path;
    this.#database =
      opened ?? openSqliteFile({ path, migrations: AUDIT_MIGRATIONS, busyTimeoutMs: AUDIT_BUSY_TIMEOUT_MS });
  }

  /** Number of the newest entry, 0 when there is none. */
  newest(): number {
    const row = this.#all(this.#prepare('SELECT max(seq) AS seq FROM entries'))[0];
    return Number(row?.seq ?? 0);
  }

  /** Every entry, oldest first. @throws CodedError `audit_unreadable` */
  *entries(): Generator<SealedEntry, void, undefined> {
    const page = this.#prepare('SELECT * FROM entries WHERE seq > ? ORDER BY seq LIMIT ?');
    // What was put before the first entry must be seen too.
    let after: SQLInputValue = -(2n ** 63n);
    for (;;) {
      const rows = this.#all(page, after, PAGE);
      for (const row of rows) yield toEntry(row);
      const last = rows.at(-1)?.seq;
      if (last === undefined || last === null) return;
      after = last;
    }
  }

  /** The newest entries that fit, oldest first. @throws CodedError `audit_unreadable` */
  select(query: AuditQuery): readonly SealedEntry[] {
    return this.#newest(query, []).reverse();
  }

  /** What fits among the entries of one window (see `AuditPages`). @throws CodedError `audit_unreadable` */
  window(query: AuditPageQuery): AuditPage {
    const top = query.before ?? this.newest() + 1;
    const bottom = Math.max(1, top - AUDIT_WINDOW);
    const entries = this.#newest(query, [
      ['seq < ?', top],
      ['seq >= ?', bottom],
    ]);
    const last = entries.at(-1);
    const left = last !== undefined && entries.length >= query.limit ? last.seq : bottom;
    return { entries, next: left > 1 ? left : null };
  }

  /** Newest first. */
  #newest(query: AuditQuery, more: readonly (readonly [string, number])[]): SealedEntry[] {
    const conditions: readonly (readonly [string, SQLInputValue | undefined])[] = [
      ['at >= ?', query.since],
      ['at < ?', query.until],
      ['action = ?', query.action],
      ['actor_kind = ?', query.actorKind],
      ['actor = ?', query.actor],
      ['subject = ?', query.subject],
      ...more,
    ];
    const wanted = conditions.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
    const where = wanted.length === 0 ? '' : `WHERE ${wanted.map(({ sql }) => sql).join(' AND ')}`;
    const newest = this.#prepare(`SELECT * FROM entries ${where} ORDER BY seq DESC LIMIT ?`);
    return this.#all(newest, ...wanted.map(({ value }) => value), query.limit).map(toEntry);
  }

  /** Names of the triggers that refuse changes and are gone, or are not what they were. */
  missingTriggers(): readonly string[] {
    const rows = this.#all(this.#prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"));
    const found = new Map(rows.map(({ name, sql }) => [name, sql]));
    return Object.entries(AUDIT_TRIGGERS).flatMap(([name, sql]) => (found.get(name) === sql ? [] : [name]));
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#guarded(() => this.#database.prepare(sql));
    // A number that somebody put in its place may be larger than a double holds.
    statement.setReadBigInts(true);
    return statement;
  }

  #all(statement: StatementSync, ...values: SQLInputValue[]): Record<string, SQLOutputValue>[] {
    return this.#guarded(() => statement.all(...values));
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CodedError(
        'audit_unreadable',
        `the audit trail ${this.#path} cannot be read (${reason}): keep the file for examination and restore a backup`,
        { cause },
      );
    }
  }
}

function toEntry(row: Readonly<Record<string, SQLOutputValue>>): SealedEntry {
  const text = (name: string): string => String(row[name]);
  return {
    seq: Number(row.seq),
    at: Number(row.at),
    actorKind: text('actor_kind'),
    actor: text('actor'),
    action: text('action'),
    subject: text('subject'),
    details: text('details'),
    previous: text('previous'),
    hash: text('hash'),
  };
}
