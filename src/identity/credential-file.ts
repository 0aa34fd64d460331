import { randomBytes } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError, codeOf } from '../core/coded-error.ts';

/** Keys are for their owner alone, certificates for everybody. */
export type Secrecy = 'private' | 'public';

/** Keys and chains take some KiB; the bundle of all public authorities half a MiB. */
const MAX_OCTETS = 4 * 1024 * 1024;

const FILE_MODE: Readonly<Record<Secrecy, number>> = { private: 0o600, public: 0o644 };

/**
 * Makes `directory` and what is missing above it, for its owner alone.
 * @throws CodedError `credential_unwritable`
 */
export async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new CodedError(
      'credential_unwritable',
      `${directory} cannot be used as a directory (${codeOf(cause)}): check the path and its owner`,
      { cause },
    );
  }
}

/** Makes what happened to the names in `directory` survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a new file to disk; it must not exist. The mode holds from the first byte on. */
export async function createCredential(
  path: string,
  content: string | Buffer,
  secrecy: Secrecy,
): Promise<void> {
  const handle = await fs.open(path, 'wx', FILE_MODE[secrecy]);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes or replaces a file: a reader, or a machine that loses power, sees the old content or the new, whole. */
export async function writeCredential(
  path: string,
  content: string | Buffer,
  secrecy: Secrecy,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await createCredential(temporary, content, secrecy);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Reads a file of the certificate directory.
 * @param cure what to do when it is not there: a sentence's end, e.g. `make it with "npm run ca -- init"`.
 * @throws CodedError `credential_missing`, `credential_unreadable`
 */
export async function readCredential(path: string, cure: string): Promise<string> {
  let handle: FileHandle;
  try {
    // Of a pipe that nobody writes to the plain open would wait for ever, and nobody would look at any file again.
    handle = await fs.open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new CodedError('credential_missing', `${path} does not exist: ${cure}`, { cause });
    }
    throw unreadable(path, code, cause);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error('not a file');
    if (stat.size > MAX_OCTETS) throw new Error(`larger than ${MAX_OCTETS} octets`);
    return await handle.readFile('utf8');
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    await handle.close();
  }
}

/** Paths of the files in `directory` whose names match, in order; none where it is not there. */
export async function filesIn(directory: string, name: RegExp): Promise<readonly string[]> {
  try {
    return (await fs.readdir(directory))
      .filter((file) => name.test(file))
      .sort()
      .map((file) => join(directory, file));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function unreadable(path: string, why: string, cause: unknown): CodedError {
  return new CodedError(
    'credential_unreadable',
    `${path} cannot be read (${why}): put a file there that the user who runs this may read`,
    { cause },
  );
}
