import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from '../../src/identity/credential-file.ts';

const CHUNK_OCTETS = 4 * 1024 * 1024;

/** What a file holds. */
export interface Content {
  readonly octets: number;
  /** SHA-256, lower-case hex. */
  readonly sha256: string;
}

/** Reads a whole file. */
export async function contentOf(path: string, passed: (octets: number) => void = () => {}): Promise<Content> {
  await using file = await fs.open(path, 'r');
  const digest = createHash('sha256');
  const chunk = Buffer.alloc(CHUNK_OCTETS);
  let octets = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, octets);
    if (bytesRead === 0) return { octets, sha256: digest.digest('hex') };
    digest.update(chunk.subarray(0, bytesRead));
    octets += bytesRead;
    passed(octets);
  }
}

/** Copies a file to one that must not be there, for its owner alone, as it is read; not yet on disk. */
export async function copyPrivate(
  from: string,
  to: string,
  passed: (octets: number) => void = () => {},
): Promise<Content> {
  await using source = await fs.open(from, 'r');
  await using target = await fs.open(to, 'wx', 0o600);
  const digest = createHash('sha256');
  const chunk = Buffer.alloc(CHUNK_OCTETS);
  let octets = 0;
  for (;;) {
    const { bytesRead } = await source.read(chunk, 0, chunk.length, octets);
    if (bytesRead === 0) return { octets, sha256: digest.digest('hex') };
    digest.update(chunk.subarray(0, bytesRead));
    await target.write(chunk, 0, bytesRead, octets);
    octets += bytesRead;
    passed(octets);
  }
}

/** Puts a file's content on disk. */
export async function syncFile(path: string): Promise<void> {
  await using file = await fs.open(path, 'r+');
  await file.sync();
}

/** Puts every file and name below a directory on disk. */
export async function syncTree(directory: string): Promise<void> {
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) await syncTree(path);
    else await syncFile(path);
  }
  await syncDirectory(directory);
}

/** Gives a directory its name, durably; both stand in the same one. */
export async function rename(from: string, to: string): Promise<void> {
  await fs.rename(from, to);
  await syncDirectory(dirname(to));
}

/** Octets that this user may still write where `directory` stands. */
export async function freeOctets(directory: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(directory);
  return bavail * bsize;
}

/** For people: at most four digits. */
export function sizeText(octets: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, octets)) / 10));
  return `${(octets / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
