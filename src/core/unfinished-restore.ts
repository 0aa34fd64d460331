import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CodedError, codeOf } from './coded-error.ts';

/** Names of what taking the lock of a directory leaves in it. */
export const OF_THE_LOCK = /^server\.(lock|lock-wal|lock-shm|pid)$/;

/** The file beside a directory that says: a restore is moving it away and another into its place. Its text is whatever is where. */
export function restoreMarker(directory: string): string {
  return `${directory}.restore-unfinished`;
}

/**
 * Refuses a directory that is not there, or empty, because a restore was cut off between moving one away and the other into
 * its place: a server would begin anew beside all that was ever recorded.
 * @throws CodedError `restore_unfinished`
 */
export function refuseUnfinishedRestore(directory: string): void {
  const path = targetOf(resolve(directory));
  const marker = restoreMarker(path);
  if (!existsSync(marker) || holdsSomething(path)) return;
  const parent = dirname(path);
  const found = readdirSync(parent)
    .filter((name) => /^\.(?:restoring|before-restore)-/.test(name.slice(basename(path).length)))
    .filter((name) => name.startsWith(basename(path)))
    .sort()
    .map((name) => join(parent, name));
  throw new CodedError(
    'restore_unfinished',
    `${path} is not there or empty, and ${marker} says that a restore was cut off (${readFileSync(marker, 'utf8').trim()}): move one of the two to ${path} (there is ${found.join(', ') || 'neither'}), or restore again; then delete ${marker}`,
    { details: { path, marker, found } },
  );
}

function holdsSomething(path: string): boolean {
  try {
    return readdirSync(path).some((name) => !OF_THE_LOCK.test(name));
  } catch (cause) {
    // What cannot be read for another reason is told by whoever uses it.
    return codeOf(cause) !== 'ENOENT';
  }
}

/** Where links lead, also when nothing is there now. */
function targetOf(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = existsSync(dirname(path)) ? realpathSync(dirname(path)) : dirname(path);
  const own = join(parent, basename(path));
  if (lstatSync(own, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return own;
  return resolve(parent, readlinkSync(own));
}
