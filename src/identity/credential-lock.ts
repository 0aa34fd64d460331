import { promises as fs } from 'node:fs';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { createCredential } from './credential-file.ts';

/** Attempts to take a lock: a change takes some milliseconds, these a second or two. */
const ATTEMPTS = 20_000;

/**
 * Changes a file that is read, changed and written as a whole, one process at a time: of two changes at once the later
 * would undo the earlier.
 * @param lockedCode of the error while another process changes it, or left its lock behind
 * @throws CodedError `lockedCode`, `credential_missing`, `credential_unwritable`, and what `change` throws
 */
export async function withCredentialLock<Value>(
  path: string,
  lockedCode: string,
  change: () => Promise<Value>,
): Promise<Value> {
  const lock = `${path}.lock`;
  await takeLock(lock, path, lockedCode);
  try {
    return await change();
  } finally {
    await fs.rm(lock, { force: true });
  }
}

async function takeLock(lock: string, path: string, lockedCode: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createCredential(lock, `${process.pid}\n`, 'private');
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST' || attempt >= ATTEMPTS)
        throw notTaken(cause, { lock, path, lockedCode });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function notTaken(
  cause: unknown,
  { lock, path, lockedCode }: { lock: string; path: string; lockedCode: string },
): CodedError {
  switch (codeOf(cause)) {
    case 'EEXIST':
      return new CodedError(
        lockedCode,
        `another process changes ${path}: wait for it, or remove ${lock} when there is none`,
        { cause },
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new CodedError('credential_missing', `${path} does not exist: check --certs`, { cause });
    default:
      return new CodedError(
        'credential_unwritable',
        `${lock} cannot be made (${codeOf(cause)}): let the user who runs this write there`,
        { cause },
      );
  }
}
