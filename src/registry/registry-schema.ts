/**
 * Schema of `registry.db`, one entry a version. Every row carries the revision of the write that last touched it;
 * a reader that has seen revision r asks each table for what is above r. Rows are never deleted, so nothing can
 * change unseen; but for sessions and invitations that have long been over, which admit nobody whoever still
 * remembers them.
 */
export const REGISTRY_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE revision (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    value INTEGER NOT NULL
  ) STRICT;
  INSERT INTO revision VALUES (1, 0);

  CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    interval_ms INTEGER,
    created INTEGER NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX devices_revision ON devices (revision);

  CREATE TABLE certificates (
    thumbprint TEXT PRIMARY KEY,
    serial TEXT NOT NULL,
    device TEXT NOT NULL REFERENCES devices (id),
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    status TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX certificates_revision ON certificates (revision);

  CREATE TABLE patients (
    id TEXT PRIMARY KEY,
    ward TEXT NOT NULL,
    label TEXT NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX patients_revision ON patients (revision);

  CREATE TABLE assignments (
    device TEXT NOT NULL REFERENCES devices (id),
    patient TEXT NOT NULL REFERENCES patients (id),
    from_ms INTEGER NOT NULL,
    to_ms INTEGER CHECK (to_ms >= from_ms),
    revision INTEGER NOT NULL,
    PRIMARY KEY (device, from_ms)
  ) STRICT;
  CREATE INDEX assignments_revision ON assignments (revision);
  CREATE UNIQUE INDEX assignments_open ON assignments (device) WHERE to_ms IS NULL;

  CREATE TABLE clinicians (
    id TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    wards TEXT NOT NULL,
    patients TEXT NOT NULL,
    active INTEGER NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX clinicians_revision ON clinicians (revision);

  CREATE TABLE limits (
    scope_kind TEXT NOT NULL,
    scope_id TEXT NOT NULL,
    vital TEXT NOT NULL,
    direction TEXT NOT NULL,
    tiers TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (scope_kind, scope_id, vital, direction)
  ) STRICT;
  CREATE INDEX limits_revision ON limits (revision);
  `,
  `
  ALTER TABLE devices ADD COLUMN late_renewal_until INTEGER;
  ALTER TABLE certificates ADD COLUMN authority TEXT NOT NULL DEFAULT '';
  ALTER TABLE certificates ADD COLUMN ended_at INTEGER;
  ALTER TABLE certificates ADD COLUMN ended_reason TEXT;
  UPDATE certificates SET ended_at = not_before, ended_reason = iif(status = 'superseded', 'superseded', 'unspecified')
    WHERE status <> 'active';
  CREATE INDEX certificates_device ON certificates (device);
  `,
  `
  CREATE TABLE access_grants (
    id TEXT PRIMARY KEY,
    clinician TEXT NOT NULL,
    patient TEXT NOT NULL REFERENCES patients (id),
    reason TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL CHECK (until_ms >= from_ms),
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX access_grants_revision ON access_grants (revision);
  `,
  `
  ALTER TABLE certificates ADD COLUMN key_thumbprint TEXT NOT NULL DEFAULT '';
  ALTER TABLE certificates ADD COLUMN follows TEXT;
  `,
  `
  ALTER TABLE patients ADD COLUMN news2 TEXT NOT NULL DEFAULT 'scale_1';
  CREATE TABLE shelves (
    id TEXT PRIMARY KEY,
    patient TEXT NOT NULL REFERENCES patients (id),
    vital TEXT NOT NULL,
    direction TEXT NOT NULL,
    shelved_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL CHECK (until_ms >= from_ms),
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX shelves_revision ON shelves (revision);
  `,
  `
  CREATE TABLE console_sessions (
    id TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    clinician TEXT NOT NULL,
    role TEXT,
    wards TEXT,
    patients TEXT,
    via TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL CHECK (until_ms > from_ms),
    ended_at INTEGER,
    ended_reason TEXT,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX console_sessions_revision ON console_sessions (revision);

  CREATE TABLE invitations (
    code_hash TEXT PRIMARY KEY,
    clinician TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL CHECK (until_ms >= from_ms),
    used_at INTEGER,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX invitations_revision ON invitations (revision);
  `,
];
