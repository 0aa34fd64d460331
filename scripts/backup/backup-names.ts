import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { readManifest } from './manifest.ts';

const NAME = /^vitalwire-backup-\d{8}T\d{6}Z$/;
const PARTIAL = '.partial';

/** `vitalwire-backup-20260501T083000Z`. */
export function backupName(now: number): string {
  const stamp = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return `vitalwire-backup-${stamp}`;
}

/** What a backup is called until it is whole. */
export function partialName(name: string): string {
  return `${name}${PARTIAL}`;
}

/** Whole backups of this tool in `directory`, the newest first. */
export async function completeBackups(directory: string): Promise<readonly string[]> {
  const named = (await fs.readdir(directory))
    .filter((name) => NAME.test(name))
    .sort()
    .reverse();
  const complete: string[] = [];
  for (const name of named) {
    // What somebody else put there under such a name is not this tool's to delete.
    const isWhole = await readManifest(join(directory, name)).then(
      () => true,
      () => false,
    );
    if (isWhole) complete.push(name);
  }
  return complete;
}

/** Backups that were begun and not finished, by a process that died or one that runs. */
export async function partialBackups(directory: string): Promise<readonly string[]> {
  const names = await fs.readdir(directory);
  return names.filter((name) => name.endsWith(PARTIAL) && NAME.test(name.slice(0, -PARTIAL.length)));
}

/** Deletes whole backups beyond the newest `keep`; gives their names. */
export async function pruneBackups(directory: string, keep: number): Promise<readonly string[]> {
  const old = (await completeBackups(directory)).slice(keep);
  for (const name of old) {
    // First by name: half a backup must not pass for a whole one.
    const gone = join(directory, partialName(name));
    await fs.rename(join(directory, name), gone);
    await fs.rm(gone, { recursive: true });
  }
  return old;
}
