import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { DATABASE_FILES, PLAIN_FILES } from './database-files.ts';
import { type Content, contentOf } from './durable-files.ts';

export const MANIFEST_FILE = 'manifest.json';
const FORMAT = 1;
const MAX_OCTETS = 1024 * 1024;
/** A name below `certs/`: never a way out of it, nor what would speak to a terminal. */
const CERTIFICATE = /^certs\/(?:(?!\.{1,2}\/)[^/\p{C}]+\/)*(?!\.{1,2}$)[^/\p{C}]+$/u;
/** Nothing else: a log beside a database would change what was checked, and a key of TLS tickets forges sessions. */
const IN_DATA: ReadonlySet<string> = new Set([...DATABASE_FILES.map(({ name }) => name), ...PLAIN_FILES]);

export interface BackupFile extends Content {
  readonly name: string;
  /** Schema version of a database. */
  readonly schema?: number;
}

/** What a backup says of itself. Its presence under a name without `.partial` says that the backup is whole. */
export interface Manifest {
  readonly format: typeof FORMAT;
  /** Of the product that made it. */
  readonly version: string;
  /** When the snapshots were taken, ISO 8601. */
  readonly created: string;
  readonly store: 'sqlite' | 'influxdb';
  /** Whether what the store held is in the backup; `none`: the embedded store held nothing yet. */
  readonly telemetry: 'included' | 'not_included' | 'none';
  readonly journal: { readonly position: number; readonly readers: Readonly<Record<string, number>> };
  /** Cursor of the newest alarm event; '0': there was none. */
  readonly alarm_cursor: string;
  readonly alarm_epoch: number;
  /** Number of writes the registry had seen. */
  readonly registry_revision: number;
  /** For `npm run audit -- verify --head`. */
  readonly audit_head: string;
  /** Hash of the first entry of the audit trail, which no two servers share; '': it was empty. */
  readonly audit_origin: string;
  readonly certificates: boolean;
  readonly files: readonly BackupFile[];
}

export type ManifestContent = Omit<Manifest, 'format'>;

export async function writeManifest(directory: string, content: ManifestContent): Promise<Manifest> {
  const manifest: Manifest = { format: FORMAT, ...content };
  for (const file of manifest.files) {
    const { name } = file;
    if (!isFile(file))
      throw invalid(directory, `it would have a file named ${JSON.stringify(name)}: rename that first`);
  }
  await fs.writeFile(join(directory, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`, {
    flag: 'wx',
    mode: 0o600,
  });
  return manifest;
}

/** @throws CodedError `backup_invalid`: no backup, an unfinished one, or of a form that is not known */
export async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, MANIFEST_FILE);
  if (/\.partial\/*$/.test(directory)) throw invalid(directory, 'it was not finished: take another one');
  let text: string;
  try {
    if ((await fs.stat(path)).size > MAX_OCTETS) throw invalid(path, 'it is too large');
    text = await fs.readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw invalid(path, `it cannot be read (${codeOf(cause)}): give the directory of one backup`, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(path, 'it is not JSON', cause);
  }
  const manifest = Object(value) as Partial<Manifest>;
  if (manifest.format !== FORMAT)
    throw invalid(path, `its format is ${String(manifest.format)}, this release knows ${FORMAT}`);
  const {
    files,
    journal,
    alarm_epoch: epoch,
    registry_revision: revision,
    created,
    audit_head: head,
    audit_origin: origin,
  } = manifest;
  const whole =
    Array.isArray(files) &&
    files.every(isFile) &&
    Number.isSafeInteger(journal?.position) &&
    Number.isSafeInteger(epoch) &&
    Number.isSafeInteger(revision) &&
    typeof head === 'string' &&
    typeof origin === 'string' &&
    isInstant(created);
  if (!whole) throw invalid(path, 'a field is missing or is not what it should be');
  return manifest as Manifest;
}

/** As it was written: `Date.parse` alone takes comments, with whatever is in them. */
function isInstant(value: unknown): boolean {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString() === value;
}

function isFile(value: unknown): value is BackupFile {
  const { name, octets, sha256 } = Object(value) as Partial<BackupFile>;
  return (
    typeof name === 'string' &&
    (IN_DATA.has(name) || CERTIFICATE.test(name)) &&
    Number.isSafeInteger(octets) &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

/**
 * Compares every file with the manifest.
 * @throws CodedError `backup_damaged`, naming the first file that differs
 */
export async function verifyContents(
  directory: string,
  { files }: Manifest,
  progress: (name: string) => void,
): Promise<void> {
  for (const { name, octets, sha256 } of files) {
    progress(name);
    let found: Content;
    try {
      found = await contentOf(join(directory, name));
    } catch (cause) {
      throw damaged(directory, name, `cannot be read (${codeOf(cause)})`, cause);
    }
    if (found.octets !== octets) throw damaged(directory, name, `has ${found.octets} octets, not ${octets}`);
    if (found.sha256 !== sha256)
      throw damaged(directory, name, 'is not what was written: its SHA-256 differs');
  }
}

function damaged(directory: string, name: string, what: string, cause?: unknown): CodedError {
  return new CodedError('backup_damaged', `${join(directory, name)} ${what}: use another backup`, {
    cause,
    details: { file: name },
  });
}

function invalid(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError('backup_invalid', `${path} is no backup to go by: ${why}`, { cause });
}
