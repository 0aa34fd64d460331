/** An append of another process takes milliseconds; a disk in distress takes longer. */
export const AUDIT_BUSY_TIMEOUT_MS = 5_000;

/** What keeps the trail append-only against anyone who does not remove it; `verify` looks whether they still stand. */
export const AUDIT_TRIGGERS: Readonly<Record<string, string>> = {
  audit_never_changes: `CREATE TRIGGER audit_never_changes BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
  audit_never_shrinks: `CREATE TRIGGER audit_never_shrinks BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
  // INSERT OR REPLACE deletes without the trigger above; nothing may be put before the end or past it either.
  audit_only_appends: `CREATE TRIGGER audit_only_appends BEFORE INSERT ON entries
    WHEN NEW.seq IS NOT coalesce((SELECT max(seq) FROM entries), 0) + 1
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END`,
};

/** Schema of `audit.db`. */
export const AUDIT_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  ${Object.values(AUDIT_TRIGGERS).join(';\n')};
  `,
];
