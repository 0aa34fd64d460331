/**
 * Schema of `journal.db`. One batch is one row; `total` counts body bytes since the journal began, so that the bytes
 * between two batches are a subtraction. `streams` holds the highest sequence numbers of the batches up to
 * `state.folded`; those of later batches are found by reading them (see JournalDatabase). The newest batch is never
 * trimmed: it carries the position and the total.
 */
export const JOURNAL_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE batches (
    position INTEGER PRIMARY KEY,
    records INTEGER NOT NULL,
    crc32 INTEGER NOT NULL,
    total INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;

  CREATE TABLE readers (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE streams (
    device TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (device, stream)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    folded INTEGER NOT NULL
  ) STRICT;
  INSERT INTO state VALUES (1, 0);
  `,
  // What is unread may be gigabytes: its records are counted when the journal is opened, without the bodies between them.
  'CREATE INDEX batch_records ON batches (position, records);',
];
