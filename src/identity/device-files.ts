import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../core/coded-error.ts';
import type { DevicePaths } from './certificate-directory.ts';
import { createCredential, makePrivateDirectory, syncDirectory } from './credential-file.ts';

/** Contents of a device's files; null where there is no such file. */
export interface DeviceFiles {
  readonly certificate: string;
  /** Null when the device made its key itself. */
  readonly key: string | null;
  readonly authority: string;
  readonly bundle: Buffer | null;
}

/** A device's files, on disk beside their place and not yet in it. */
export interface StagedDeviceFiles extends AsyncDisposable {
  /** Puts them in their place, whole; what stood there is removed. */
  commit(): Promise<void>;
}

/**
 * Writes a device's files to a directory of their own, so that a full disk shows before anything is registered.
 * Disposing removes what was not committed.
 */
export async function stageDeviceFiles(paths: DevicePaths, content: DeviceFiles): Promise<StagedDeviceFiles> {
  const parent = dirname(paths.directory);
  // Device ids begin with a letter or a digit: no device's directory begins with a dot.
  const beside = `.${basename(paths.directory)}.${randomBytes(6).toString('hex')}`;
  const staged = join(parent, beside);
  const remove = (): Promise<void> => fs.rm(staged, { recursive: true, force: true });
  const place = (path: string): string => join(staged, basename(path));
  try {
    await makePrivateDirectory(staged);
    if (content.key !== null) await createCredential(place(paths.key), content.key, 'private');
    if (content.bundle !== null) await createCredential(place(paths.bundle), content.bundle, 'private');
    await createCredential(place(paths.certificate), content.certificate, 'public');
    await createCredential(place(paths.authority), content.authority, 'public');
    await syncDirectory(staged);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    async commit() {
      const former = join(parent, `${beside}.former`);
      await fs.rename(paths.directory, former).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw error;
      });
      try {
        await fs.rename(staged, paths.directory);
      } catch (error) {
        await fs.rename(former, paths.directory).catch((cause: unknown) => {
          if (codeOf(cause) !== 'ENOENT')
            throw new AggregateError([error, cause], `${former} holds the former files`);
        });
        throw error;
      }
      await syncDirectory(parent);
      await fs.rm(former, { recursive: true, force: true });
    },
    [Symbol.asyncDispose]: remove,
  };
}
