import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

/** Whole backups of this tool in `directory`, of the server with this audit trail, the newest first. */
async function completeBackups(directory: string, origin: string): Promise<readonly string[]> {
  const named = (await fs.readdir(directory))
    .filter((name) => NAME.test(name))
    .sort()
    .reverse();
  const complete: string[] = [];
  for (const name of named) {
    // What somebody else put there under such a name is not this tool's to delete, nor what another server did.
    const isOurs = await readManifest(join(directory, name)).then(
      (manifest) => manifest.audit_origin === origin,
      () => false,
    );
    if (isOurs) complete.push(name);
  }
  return complete;
}

/** Backups that were begun and not finished, by a process that died or one that runs. */
export async function partialBackups(directory: string): Promise<readonly string[]> {
  const names = await fs.readdir(directory);
  return names.filter((name) => name.endsWith(PARTIAL) && NAME.test(name.slice(0, -PARTIAL.length)));
}

/**
 * Deletes whole backups of the same server beside the one just made, beyond the newest so many; gives their names. The one
 * just made is the newest, whatever a clock that was ahead called others.
 */
export async function pruneBackups(made: string, keep: number): Promise<readonly string[]> {
  const directory = dirname(made);
  const { audit_origin: origin } = await readManifest(made);
  const others = (await completeBackups(directory, origin)).filter((name) => name !== basename(made));
  const old = others.slice(keep - 1);
  for (const name of old) {
    // First by name: half a backup must not pass for a whole one.
    const gone = join(directory, partialName(name));
    // Of a deletion that was cut off.
    await fs.rm(gone, { recursive: true, force: true });
    await fs.rename(join(directory, name), gone);
    await fs.rm(gone, { recursive: true });
  }
  return old;
}
