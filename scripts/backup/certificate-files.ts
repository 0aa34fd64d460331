import type { Stats } from 'node:fs';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../src/core/coded-error.ts';

/**
 * Files below a directory, also those that it has links to, which is how secrets are mounted into containers; without what
 * a tool is about to rename. A directory is entered once, however many links lead to it (`fs.readdir` follows loops).
 */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  const entered = new Set<string>();
  // Links after everything else: a directory is known by its own name, if it has one here.
  let directories = [directory];
  while (directories.length > 0) {
    const links: string[] = [];
    for (let next = directories.pop(); next !== undefined; next = directories.pop()) {
      const real = await fs.realpath(next);
      if (entered.has(real)) continue;
      entered.add(real);
      for (const entry of await fs.readdir(next, { withFileTypes: true })) {
        const path = join(next, entry.name);
        const found = await foundAt(path);
        if (found?.isDirectory()) (entry.isSymbolicLink() ? links : directories).push(path);
        else if (found?.isFile() && !/\.tmp$|\.lock$/.test(entry.name)) files.push(path);
      }
    }
    directories = links;
  }
  return files.sort();
}

/** Null for a link to nothing or to itself, and for what has just gone. */
async function foundAt(path: string): Promise<Stats | null> {
  try {
    return await fs.stat(path);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ELOOP') return null;
    throw cause;
  }
}
