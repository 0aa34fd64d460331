import { promises as fs } from 'node:fs';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { loadTokenKeySet, tokenKeyPath } from './certificate-directory.ts';
import { createCredential, writeCredential } from './credential-file.ts';
import { formatTokenKeySet, type TokenKeySet } from './token-key-set.ts';

/**
 * Changes the token keys: a reader sees the former file or the new one, whole. One change at a time: a rotation that
 * overwrote another's would bring compromised keys back.
 * @throws CodedError `token_keys_locked`, and `credential_missing`, `credential_unreadable`,
 *   `credential_invalid`, `credential_unwritable`, and what `change` throws
 */
export async function changeTokenKeySet(
  directory: string,
  change: (set: TokenKeySet) => TokenKeySet | Promise<TokenKeySet>,
): Promise<TokenKeySet> {
  const path = tokenKeyPath(directory);
  const lock = `${path}.lock`;
  await takeLock(lock, path);
  try {
    const set = await change(await loadTokenKeySet(directory));
    await writeCredential(path, formatTokenKeySet(set), 'private');
    return set;
  } finally {
    await fs.rm(lock, { force: true });
  }
}

async function takeLock(lock: string, path: string): Promise<void> {
  try {
    await createCredential(lock, `${process.pid}\n`, 'private');
  } catch (cause) {
    switch (codeOf(cause)) {
      case 'EEXIST':
        throw new CodedError(
          'token_keys_locked',
          `another process changes ${path}: wait for it, or remove ${lock} when there is none`,
          { cause },
        );
      case 'ENOENT':
      case 'ENOTDIR':
        throw new CodedError('credential_missing', `${path} does not exist: check --certs`, { cause });
      default:
        throw new CodedError(
          'credential_unwritable',
          `${lock} cannot be made (${codeOf(cause)}): let the user who runs this write there`,
          { cause },
        );
    }
  }
}
