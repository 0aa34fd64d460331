import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError, codeOf } from './coded-error.ts';
import { giveToDirectoryOwner } from './directory-owner.ts';
import { openSqliteFile } from './sqlite-file.ts';

/** A restart waits this long for the process it follows to let go of the directory. */
const WAIT_MS = 2_000;
/** Files in the directory: what is locked, and who did it. */
const LOCK_FILE = 'server.lock';
const PID_FILE = 'server.pid';

/**
 * Takes a data directory for this process until it is disposed, waiting at most `waitMs` for who has it. The operating
 * system frees the lock when the process dies, however it does: it is SQLite's, Node has no other. The pid stands in a
 * file of its own, since whoever closes a file that it has locked elsewhere in the same process lets go of that lock
 * (POSIX, fcntl).
 * @throws CodedError `data_directory_in_use`, `data_directory_unavailable` (rights, disk)
 */
export function lockDataDirectory(directory: string, waitMs = WAIT_MS): Disposable {
  const lock = takeLasting(directory, waitMs);
  try {
    writePid(join(directory, PID_FILE));
  } catch (cause) {
    lock.close();
    throw unavailable(directory, cause);
  }
  return { [Symbol.dispose]: () => lock.close() };
}

function writePid(path: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    giveToDirectoryOwner(file, path);
    writeFileSync(file, `${process.pid}\n`);
  } finally {
    closeSync(file);
  }
}

/** A restore puts another directory in the place, under the lock of the one that was there: who waited for that has it in vain. */
function takeLasting(directory: string, waitMs: number): ReturnType<typeof takeLock> {
  for (;;) {
    const before = identityOf(directory);
    const lock = takeLock(directory, waitMs);
    // What was not there is made by taking the lock, and looked at again.
    if (before !== null && identityOf(directory) === before) return lock;
    lock.close();
  }
}

/** Null: it is not there. */
function identityOf(directory: string): string | null {
  try {
    const found = statSync(directory, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? null : `${found.dev} ${found.ino}`;
  } catch (cause) {
    throw unavailable(directory, cause);
  }
}

function takeLock(directory: string, waitMs: number): ReturnType<typeof openSqliteFile> {
  const path = join(directory, LOCK_FILE);
  try {
    return openSqliteFile({ path, migrations: [], busyTimeoutMs: waitMs, exclusive: true });
  } catch (cause) {
    if (codeOf(cause) !== 'database_locked') throw unavailable(directory, cause);
    const pid = holderOf(directory);
    throw new CodedError(
      'data_directory_in_use',
      `the data directory ${directory} is in use by another server (${pid === null ? 'its process is not known' : `process ${pid}`}): stop that one first, or give this one a data directory of its own`,
      { cause, details: { directory, pid } },
    );
  }
}

/** Null when the holder has not got to writing it. */
function holderOf(directory: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(join(directory, PID_FILE), 'utf8'), 10);
    return Number.isSafeInteger(pid) ? pid : null;
  } catch {
    return null;
  }
}

function unavailable(directory: string, cause: unknown): CodedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CodedError(
    'data_directory_unavailable',
    `the data directory ${directory} cannot be locked (${reason}): check its owner and the free space`,
    { cause, details: { directory } },
  );
}
