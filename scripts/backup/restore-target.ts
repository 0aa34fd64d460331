import { existsSync, promises as fs } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { lockDataDirectory } from '../../src/core/directory-lock.ts';
import { OF_THE_LOCK, restoreMarker } from '../../src/core/unfinished-restore.ts';
import { syncDirectory } from '../../src/identity/credential-file.ts';
import { rename, syncFile } from './durable-files.ts';

const ASIDE = '.before-restore-';

/** The directory that is to be replaced: it is this process's until it is disposed. */
export interface RestoreTarget extends Disposable {
  /** Without links. */
  readonly path: string;
  /** Whether it holds something. */
  readonly inUse: boolean;
  /** Directories beside it that earlier restores moved away. */
  readonly formerly: readonly string[];
}

/**
 * Takes a data directory that no server has, or is not there.
 * @throws CodedError `data_directory_in_use`, `restore_target_is_mount`, `not_empty`
 */
export async function takeTarget(directory: string, replace: boolean): Promise<RestoreTarget> {
  const path = existsSync(directory) ? await fs.realpath(directory) : resolve(directory);
  const parent = dirname(path);
  await fs.mkdir(parent, { recursive: true, mode: 0o700 });
  const formerly = (await fs.readdir(parent))
    .filter((name) => name.startsWith(`${basename(path)}${ASIDE}`))
    .map((name) => join(parent, name));
  if (!existsSync(path)) return { path, inUse: false, formerly, [Symbol.dispose]: () => {} };
  if ((await fs.stat(path)).dev !== (await fs.stat(parent)).dev) {
    throw new CodedError(
      'restore_target_is_mount',
      `${path} is a mount point, which cannot be replaced at once: restore to a directory below it, and name that one in VITALWIRE_DATA_DIR`,
    );
  }
  const names = (await fs.readdir(path)).filter((name) => !OF_THE_LOCK.test(name));
  if (names.length > 0 && !replace) {
    throw new CodedError(
      'not_empty',
      `${path} is not empty: name another directory, or give --replace to have it moved aside (nothing is deleted)`,
    );
  }
  const lock = lockDataDirectory(path, 0);
  return { path, inUse: names.length > 0, formerly, [Symbol.dispose]: () => lock[Symbol.dispose]() };
}

/**
 * Gives what an admin restored to the user of the service: files of root would keep the server from starting.
 * @param like what it takes the place of, or stands in
 */
export async function giveToOwner(staged: string, like: string, warn: (text: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const replaced = existsSync(like);
  const { uid, gid } = await fs.stat(replaced ? like : dirname(like));
  if (!replaced && uid === 0) warn(`${like} belongs to root: give it to the user of the server (chown -R)`);
  await fs.chown(staged, uid, gid);
  for (const { parentPath, name } of await fs.readdir(staged, { recursive: true, withFileTypes: true }))
    await fs.lchown(join(parentPath, name), uid, gid);
}

/**
 * Puts `staged` in the place of a directory, which is moved to a sibling name. At every moment the place holds one of the
 * two, or nothing: never a mixture.
 * @returns where the former one is; null: there was none
 */
export async function exchange(
  staged: string,
  { path, inUse }: RestoreTarget,
  stamp: string,
): Promise<string | null> {
  const aside = `${path}${ASIDE}${stamp}`;
  const replaced = existsSync(path);
  await markRestore(path, replaced ? `what was there goes to ${aside}` : `${path} was not there before`);
  if (replaced) await rename(path, aside);
  try {
    await rename(staged, path);
  } catch (cause) {
    // Whatever has taken the place meanwhile stays.
    if (replaced && !existsSync(path)) await rename(aside, path);
    await unmarkRestore(path);
    throw new CodedError(
      'restore_failed',
      `${path} could not be replaced (${codeOf(cause)}): ${replaced ? `what was there is at ${existsSync(aside) ? aside : path}` : 'nothing was there'}`,
      { cause },
    );
  }
  await unmarkRestore(path);
  if (!replaced) return null;
  if (inUse) return aside;
  await fs.rm(aside, { recursive: true });
  return null;
}

/** Before anything is moved, durably: a server that starts in between is to see it (`refuseUnfinishedRestore`). */
export async function markRestore(path: string, text: string): Promise<void> {
  const marker = restoreMarker(path);
  await fs.writeFile(marker, `${text}\n`);
  await syncFile(marker);
  await syncDirectory(dirname(marker));
}

async function unmarkRestore(path: string): Promise<void> {
  await fs.rm(restoreMarker(path), { force: true });
  await syncDirectory(dirname(path));
}
