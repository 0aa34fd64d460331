import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { authorityPaths, serverPaths, tokenKeyPath } from './certificate-directory.ts';
import { filesIn } from './credential-file.ts';

const RETIRED_KEY = /^(device|server)-ca-[0-9a-f]{16}\.key$/;

/** The private key files there are in a certificates directory; those of devices are the devices'. */
export async function keyFilesIn(directory: string): Promise<readonly string[]> {
  return [
    serverPaths(directory).key,
    tokenKeyPath(directory),
    ...(['root', 'device', 'server'] as const).map((name) => authorityPaths(directory, name).key),
    ...(await retiredKeysIn(directory)),
  ];
}

async function retiredKeysIn(directory: string): Promise<readonly string[]> {
  try {
    return await filesIn(join(directory, 'retired'), RETIRED_KEY);
  } catch (error) {
    // What stands in the place of the directory is for those to tell who read certificates from it.
    if (codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

/**
 * Looks whether private keys are their owner's alone, as ssh does. In production one that is not is refused; elsewhere it
 * is told, once until it is put right.
 */
export class KeyFileGuard {
  readonly #production: boolean;
  readonly #warn: (fault: CodedError) => void;
  readonly #told = new Set<string>();

  constructor(options: { readonly production: boolean; readonly warn: (fault: CodedError) => void }) {
    this.#production = options.production;
    this.#warn = options.warn;
  }

  /** Files that are not there are none of its business. @throws CodedError `key_readable_by_others` in production */
  async check(...paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const mode = await openTo(path);
      if (mode === null) {
        this.#told.delete(path);
        continue;
      }
      const fault = new CodedError(
        'key_readable_by_others',
        `${path} is a private key that others than its owner can read (mode ${mode}): chmod 600 ${path}`,
      );
      if (this.#production) throw fault;
      if (!this.#told.has(path)) this.#warn(fault);
      this.#told.add(path);
    }
  }
}

/** The mode of a file that its owner has not alone, in octal; null: all is well. */
async function openTo(path: string): Promise<string | null> {
  const user = process.getuid?.();
  // Windows has no such modes.
  if (user === undefined) return null;
  try {
    const { mode, uid } = await fs.stat(path);
    // A secret that an orchestrator mounts is root's, and its service reads it through a group alone.
    const mounted = uid === 0 && user !== 0;
    const isOpen = (mode & (mounted ? 0o037 : 0o077)) !== 0;
    return isOpen ? (mode & 0o777).toString(8).padStart(4, '0') : null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}
