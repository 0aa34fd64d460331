import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError, codeOf } from '../core/coded-error.ts';

/** Keys are for their owner alone, certificates for everybody. */
export type Secrecy = 'private' | 'public';

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
  try {
    return await fs.readFile(path, 'utf8');
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new CodedError('credential_missing', `${path} does not exist: ${cure}`, { cause });
    }
    throw new CodedError(
      'credential_unreadable',
      `${path} cannot be read (${code}): let the user who runs this read it`,
      { cause },
    );
  }
}
