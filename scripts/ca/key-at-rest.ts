import { readFile } from 'node:fs/promises';
import { codeOf } from '../../src/core/coded-error.ts';
import type { KnownAuthority } from '../../src/identity/authorities.ts';
import { isEncryptedPem } from '../../src/pki/key-pair.ts';

/** How an authority's private key is kept in this directory; absent: offline, or removed. */
export type KeyAtRest = 'encrypted' | 'unencrypted' | 'absent' | 'unreadable';

/** Looks at the key's file without opening the key. */
export async function keyAtRest({ paths }: KnownAuthority): Promise<KeyAtRest> {
  try {
    return isEncryptedPem(await readFile(paths.key, 'utf8')) ? 'encrypted' : 'unencrypted';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'absent' : 'unreadable';
  }
}
