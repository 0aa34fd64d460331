import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const BLOCK = 512;

/**
 * Bytes that the files in a directory and below take on the disk: holes in them take none. A file that goes meanwhile
 * counts as gone: databases tidy up as they like.
 */
export function directoryBytes(directory: string): number {
  if (!existsSync(directory)) return 0;
  let bytes = 0;
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const found = statSync(join(directory, name), { throwIfNoEntry: false });
    if (found?.isFile()) bytes += found.blocks * BLOCK;
  }
  return bytes;
}

/** Bytes of pages that hold something, whether they are in the file or in its WAL still. */
export function databaseBytes(path: string): number {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  try {
    const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) =>
      Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]),
    );
    return ((pages ?? 0) - (free ?? 0)) * (size ?? 0);
  } finally {
    database.close();
  }
}

/** The numbers of the only row of a query. */
export function numbersOf(path: string, query: string): readonly number[] {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  try {
    return Object.values(database.prepare(query).get() ?? {}).map(Number);
  } finally {
    database.close();
  }
}
