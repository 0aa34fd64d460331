import { randomBytes, X509Certificate } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { openSqliteFile } from '../../src/core/sqlite-file.ts';
import { type DevicePaths, devicePaths } from '../../src/identity/certificate-directory.ts';
import { createCredential, makePrivateDirectory, syncDirectory } from '../../src/identity/credential-file.ts';
import type { DeviceFiles } from '../../src/identity/device-files.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';

/**
 * Where a bulk run keeps files that are on disk and not in their place yet: `devices/.bulk/<id>/`. They go to their
 * place only after their certificate is registered, so what is found here after a crash tells how far it had come.
 * One run at a time has it.
 */
export class BulkStaging implements AsyncDisposable {
  readonly #certs: string;
  readonly #devices: string;
  readonly #directory: string;
  readonly #lock: Disposable;

  private constructor(certs: string, lock: Disposable) {
    this.#certs = certs;
    this.#devices = devicesDirectory(certs);
    this.#directory = join(this.#devices, '.bulk');
    this.#lock = lock;
  }

  /** @throws CodedError `bulk_running` when another run has it, `credential_unwritable` */
  static async open(certs: string): Promise<BulkStaging> {
    const devices = devicesDirectory(certs);
    await makePrivateDirectory(devices);
    const staging = new BulkStaging(certs, takeLock(join(devices, '.bulk.lock')));
    await makePrivateDirectory(staging.#directory);
    return staging;
  }

  /** Devices that an interrupted run has left here, with the certificate that stands there, if a whole one does. */
  async leftovers(): Promise<
    readonly { readonly id: DeviceId; readonly certificate: X509Certificate | null }[]
  > {
    const names = await readdir(this.#directory);
    return Promise.all(
      names.map(async (name) => {
        const id = deviceId(name);
        return { id, certificate: await certificateIn(join(this.#directory, name)) };
      }),
    );
  }

  /** Writes a device's files here; they survive a power cut once `settle` has resolved. */
  async stage(id: DeviceId, content: DeviceFiles): Promise<void> {
    const directory = join(this.#directory, id);
    const paths = devicePaths(this.#certs, id);
    await makePrivateDirectory(directory);
    const place = (path: string): string => join(directory, basename(path));
    if (content.key !== null) await createCredential(place(paths.key), content.key, 'private');
    await createCredential(place(paths.authority), content.authority, 'public');
    await createCredential(place(paths.certificate), content.certificate, 'public');
    await syncDirectory(directory);
  }

  /** Puts what is staged for a device in its place; what stood there is removed. */
  async place(id: DeviceId): Promise<DevicePaths> {
    const paths = devicePaths(this.#certs, id);
    const former = join(this.#devices, `.${id}.${randomBytes(6).toString('hex')}.former`);
    const hadFormer = await renamed(paths.directory, former);
    try {
      await rename(join(this.#directory, id), paths.directory);
    } catch (error) {
      if (hadFormer) await rename(former, paths.directory);
      throw error;
    }
    if (hadFormer) await rm(former, { recursive: true, force: true });
    return paths;
  }

  async discard(id: DeviceId): Promise<void> {
    await rm(join(this.#directory, id), { recursive: true, force: true });
  }

  /** Makes the names of what was staged or placed survive a power cut. */
  async settle(): Promise<void> {
    await syncDirectory(this.#directory);
    await syncDirectory(this.#devices);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lock[Symbol.dispose]();
  }
}

function devicesDirectory(certs: string): string {
  return join(certs, 'devices');
}

/** An exclusive lock that the operating system frees when the process dies: SQLite's, Node has no other. */
function takeLock(path: string): Disposable {
  try {
    const database = openSqliteFile({ path, migrations: [], busyTimeoutMs: 0, exclusive: true });
    return { [Symbol.dispose]: () => database.close() };
  } catch (cause) {
    if (codeOf(cause) !== 'database_locked') throw cause;
    throw new CodedError(
      'bulk_running',
      `another "device bulk" is issuing into ${path.replace(/\.bulk\.lock$/, '')}: wait for its end`,
      { cause },
    );
  }
}

async function certificateIn(directory: string): Promise<X509Certificate | null> {
  let file: FileHandle;
  try {
    file = await open(join(directory, 'device.crt'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  await using _ = file;
  try {
    return new X509Certificate(await readFile(file));
  } catch {
    // A file that was begun: nothing of it was registered.
    return null;
  }
}

/** Whether there was something to rename. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
