import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

const CHUNK_BYTES = 2 ** 20;

/**
 * Makes durable what a WAL shows, before any of it is trusted. After a failed fsync the kernel marks the pages clean: the
 * page cache goes on showing what the disk may not have, and a later fsync has nothing to write and succeeds. Copied into
 * the database file the same pages are dirty again, and SQLite syncs that file before it empties the WAL.
 *
 * Whoever reads the file in another process may keep the WAL from being emptied. Then its bytes are written over
 * themselves and synced: readers see no change, and what follows in the WAL stands on frames that the disk has.
 * For a file of which this process is the only writer: a frame appended meanwhile by another would be lost.
 * @throws what SQLite or the file system throws: a start that goes on after it would trust what is not there.
 */
export function settleWal(database: DatabaseSync, path: string): void {
  const outcome = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  if (Number(outcome?.busy) !== 0) rewrite(`${path}-wal`);
}

/** SQLite locks no WAL itself, so that closing it here lets go of nothing. */
function rewrite(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size));
    for (let at = 0; at < size; ) {
      const length = readSync(file, chunk, 0, Math.min(chunk.length, size - at), at);
      for (let written = 0; written < length; )
        written += writeSync(file, chunk, written, length - written, at + written);
      at += length;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
