import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { EpochMs } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { checkDatabase, type FileVerdict } from './check-database.ts';
import { DATABASE_FILES } from './database-files.ts';
import { MANIFEST_FILE, type Manifest, readManifest, verifyContents } from './manifest.ts';

export interface CheckRequest {
  readonly directory: string;
  readonly quick: boolean;
  readonly now: EpochMs;
  readonly progress: (text: string) => void;
}

export interface CheckedDirectory {
  readonly sound: boolean;
  readonly files: readonly FileVerdict[];
  /** Databases that a data directory may lack and does, which it may also have lost. */
  readonly absent: readonly string[];
}

/**
 * Looks at every file of a data directory, of which a server may be writing.
 * @throws CodedError `data_directory_missing`
 */
export async function checkData(request: CheckRequest): Promise<CheckedDirectory> {
  const { directory } = request;
  if (!existsSync(join(directory, 'journal.db'))) {
    throw new CodedError(
      'data_directory_missing',
      `${directory} has no journal.db: name the data directory of a server with --data, or give the directory of a backup`,
    );
  }
  const files = DATABASE_FILES.filter(({ name, always }) => always || existsSync(join(directory, name)));
  const verdicts = files.map(({ name }) =>
    checkDatabase(name, join(directory, name), { ...request, unchanging: false }),
  );
  const lines = await checkQuarantineLines(directory);
  return {
    ...verdictOf(lines === null ? verdicts : [...verdicts, lines]),
    absent: DATABASE_FILES.filter((file) => !files.includes(file)).map(({ name }) => name),
  };
}

/** Compares a backup with its manifest, and looks at every file of it. @throws CodedError `backup_invalid` */
export async function checkBackup(
  request: CheckRequest,
): Promise<CheckedDirectory & { readonly manifest: Manifest }> {
  const { directory, progress } = request;
  const manifest = await readManifest(directory);
  const verdicts: FileVerdict[] = [await checkManifest(directory, manifest, progress)];
  const has = (name: string): boolean => manifest.files.some((file) => file.name === name);
  for (const { name, always } of DATABASE_FILES) {
    if (has(name))
      verdicts.push(checkDatabase(name, join(directory, name), { ...request, unchanging: true }));
    else if (always) verdicts.push(broken(name, 'it is not in the backup', 'use another backup'));
  }
  if (has('quarantine.ndjson')) {
    const lines = await checkQuarantineLines(directory);
    if (lines !== null) verdicts.push(lines);
  }
  return { ...verdictOf(verdicts), absent: [], manifest };
}

async function checkManifest(
  directory: string,
  manifest: Manifest,
  progress: (text: string) => void,
): Promise<FileVerdict> {
  try {
    await verifyContents(directory, manifest, (name) => progress(`${name}: SHA-256`));
    const detail = `${manifest.files.length} files as they were written, ${manifest.created}`;
    return { file: MANIFEST_FILE, sound: true, detail, faults: [], moreFaults: 0, cure: null };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return broken(MANIFEST_FILE, error.message, 'use another backup');
  }
}

/** Lines of JSON; of the last one a part may be missing, since it may be being written. Null: there is no such file. */
async function checkQuarantineLines(directory: string): Promise<FileVerdict | null> {
  const file = 'quarantine.ndjson';
  const path = join(directory, file);
  if (!existsSync(path)) return null;
  let lines = 0;
  let bad = 0;
  let last = '';
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (last !== '' && !isJson(last)) bad += 1;
    last = line;
    lines += 1;
  }
  if (bad > 0)
    return broken(file, `${bad} lines are not JSON`, 'keep the file for examination and move it away');
  return { file, sound: true, detail: `${lines} points`, faults: [], moreFaults: 0, cure: null };
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

function broken(file: string, fault: string, cure: string): FileVerdict {
  return { file, sound: false, detail: '', faults: [fault], moreFaults: 0, cure };
}

function verdictOf(files: readonly FileVerdict[]): Omit<CheckedDirectory, 'absent'> {
  return { sound: files.every(({ sound }) => sound), files };
}
