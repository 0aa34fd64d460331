import { loadTokenKeySet, tokenKeyPath } from './certificate-directory.ts';
import { writeCredential } from './credential-file.ts';
import { withCredentialLock } from './credential-lock.ts';
import { formatTokenKeySet, type TokenKeySet } from './token-key-set.ts';

/**
 * Changes the token keys: a reader sees the former file or the new one, whole. One change at a time: a rotation that
 * overwrote another's would bring compromised keys back.
 * @throws CodedError `token_keys_locked`, and `credential_missing`, `credential_unreadable`,
 *   `credential_invalid`, `credential_unwritable`, and what `change` throws
 */
export function changeTokenKeySet(
  directory: string,
  change: (set: TokenKeySet) => TokenKeySet | Promise<TokenKeySet>,
): Promise<TokenKeySet> {
  const path = tokenKeyPath(directory);
  return withCredentialLock(path, 'token_keys_locked', async () => {
    const set = await change(await loadTokenKeySet(directory));
    await writeCredential(path, formatTokenKeySet(set), 'private');
    return set;
  });
}
