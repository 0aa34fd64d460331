import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Snapshot } from './snapshot.ts';

/** How far a data directory had got before it was replaced; null where that cannot be read. */
export interface Former {
  readonly journalPosition: number | null;
  readonly registryRevision: number | null;
  readonly auditEntries: number | null;
}

/** Looks how far a data directory has got. */
export function formerState(directory: string): Former {
  const one = (file: string, sql: string): number | null => numberFrom(join(directory, file), sql);
  return {
    journalPosition: one('journal.db', 'SELECT coalesce(max(position), 0) AS n FROM batches'),
    registryRevision: one('registry.db', 'SELECT value AS n FROM revision'),
    auditEntries: one('audit.db', 'SELECT coalesce(max(seq), 0) AS n FROM entries'),
  };
}

function numberFrom(path: string, sql: string): number | null {
  const read = (database: DatabaseSync): number | null => {
    const n = database.prepare(sql).get()?.n;
    return typeof n === 'number' ? n : null;
  };
  try {
    using snapshot = new Snapshot(path);
    return read(snapshot.database);
  } catch {
    // It may be what is restored for.
    return null;
  }
}
