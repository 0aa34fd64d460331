import { existsSync, promises as fs } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { alarmLogEpoch } from '../../src/bus/alarm-log-epoch.ts';
import type { Clock } from '../../src/core/clock.ts';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { backupName, partialName } from './backup-names.ts';
import { filesBelow } from './certificate-files.ts';
import { DATABASE_FILES, type DatabaseFile, PLAIN_FILES } from './database-files.ts';
import { contentOf, copyPrivate, freeOctets, rename, sizeText, syncTree } from './durable-files.ts';
import { type BackupFile, type Manifest, type ManifestContent, writeManifest } from './manifest.ts';
import { Snapshot } from './snapshot.ts';

/** Beyond the files themselves: the manifest, names, and what a file system keeps for itself. Octets. */
const RESERVE_OCTETS = 16 * 1024 * 1024;

export interface BackupRequest {
  /** The data directory; a server may be using it. */
  readonly data: string;
  /** Where backups go; made when it is not there. */
  readonly directory: string;
  /** The certificates directory, to include it. */
  readonly certs: string | null;
  readonly store: Manifest['store'];
  readonly version: string;
  readonly clock: Clock;
  readonly progress: (text: string) => void;
  /** Ends it early, with its reason. */
  readonly signal?: AbortSignal;
}

export interface MadeBackup {
  readonly path: string;
  readonly manifest: Manifest;
  readonly octets: number;
}

/**
 * Copies a data directory, of which others go on writing. Until it is whole and on disk it has another name; what fails is
 * removed again.
 * @throws CodedError `data_directory_missing`, `backup_inside_data`, `backup_exists`, `no_space`, `database_unavailable`,
 *   `backup_failed`; the reason of the signal
 */
export async function makeBackup(request: BackupRequest): Promise<MadeBackup> {
  const { data, directory, clock } = request;
  if (!existsSync(join(data, 'journal.db'))) {
    throw new CodedError(
      'data_directory_missing',
      `${data} has no journal.db: name the data directory of a server with --data`,
    );
  }
  await refuseInside(directory, data);
  await fs.mkdir(directory, { recursive: true, mode: 0o700 });
  await refuseInside(directory, data);
  const created = clock.now();
  const path = join(directory, backupName(created));
  const partial = partialName(path);
  if (existsSync(path)) throw exists(path);
  try {
    await fs.mkdir(partial, { mode: 0o700 });
  } catch (cause) {
    throw codeOf(cause) === 'EEXIST' ? exists(partial) : cause;
  }
  try {
    const manifest = await copyAll(request, partial, created);
    await syncTree(partial);
    request.signal?.throwIfAborted();
    await rename(partial, path);
    return { path, manifest, octets: manifest.files.reduce((sum, { octets }) => sum + octets, 0) };
  } catch (error) {
    await fs.rm(partial, { recursive: true, force: true });
    if (error instanceof CodedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CodedError(
      'backup_failed',
      `${path} could not be written (${reason}) and was removed: check the space, the rights and the disk`,
      { cause: error },
    );
  }
}

async function copyAll(request: BackupRequest, to: string, created: number): Promise<Manifest> {
  const { data, certs, store, version, signal } = request;
  const goOn = (): void => signal?.throwIfAborted();
  const progress = (text: string): void => {
    request.progress(text);
    goOn();
  };
  // Before the quarantine, into which a start takes the lines of earlier releases.
  const plain = PLAIN_FILES.filter((name) => existsSync(join(data, name)));
  using snapshots = new DisposableStack();
  const taken = DATABASE_FILES.filter(({ name, always }) => always || existsSync(join(data, name))).map(
    (file) => ({ file, snapshot: snapshots.use(new Snapshot(join(data, file.name))) }),
  );
  const certificates = certs === null ? [] : await filesBelow(certs);
  await refuseShortage(to, [
    ...taken.map(({ snapshot }) => snapshot.size),
    ...(await sizesOf([...plain.map((name) => join(data, name)), ...certificates])),
  ]);
  const stated = statementOf(taken);
  const files: BackupFile[] = [];
  for (const { file, snapshot } of taken) {
    const target = join(to, file.name);
    const size = sizeText(snapshot.size);
    // Before SQLite does, so that it is nobody else's from the first octet.
    await (await fs.open(target, 'wx', 0o600)).close();
    progress(`${file.name}: ${size}`);
    await snapshot.copyTo(target, (copied, total) =>
      progress(`${file.name}: ${Math.floor((100 * copied) / Math.max(1, total))} % of ${size}`),
    );
    files.push({ name: file.name, schema: snapshot.schema, ...(await contentOf(target, goOn)) });
    // The server's WAL may be emptied again: the sooner, the less it grows.
    snapshot[Symbol.dispose]();
  }
  for (const name of plain) {
    progress(name);
    files.push({ name, ...(await copyPrivate(join(data, name), join(to, name), goOn)) });
  }
  for (const path of certificates) {
    const name = join('certs', relative(certs ?? '', path));
    await fs.mkdir(dirname(join(to, name)), { recursive: true, mode: 0o700 });
    files.push({ name, ...(await copyPrivate(path, join(to, name), goOn)) });
  }
  return writeManifest(to, {
    version,
    created: new Date(created).toISOString(),
    store,
    telemetry:
      store === 'influxdb'
        ? 'not_included'
        : taken.some(({ file }) => file.name === 'telemetry.db')
          ? 'included'
          : 'none',
    ...stated,
    certificates: certs !== null,
    files,
  });
}

/** What the snapshots say of how far they go. */
function statementOf(
  taken: readonly { readonly file: DatabaseFile; readonly snapshot: Snapshot }[],
): Omit<ManifestContent, 'version' | 'created' | 'store' | 'telemetry' | 'certificates' | 'files'> {
  const of = (name: string) => {
    const found = taken.find(({ file }) => file.name === name);
    if (found === undefined) throw new CodedError('database_unavailable', `${name} is not there: restore it`);
    return found.snapshot.database;
  };
  const journal = of('journal.db');
  const readers = journal.prepare('SELECT name, position FROM readers ORDER BY name').all();
  const head = of('audit.db').prepare('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get();
  const origin = of('audit.db').prepare('SELECT hash FROM entries WHERE seq = 1').get();
  return {
    journal: {
      position: Number(journal.prepare('SELECT max(position) AS newest FROM batches').get()?.newest ?? 0),
      readers: Object.fromEntries(readers.map((row) => [String(row.name), Number(row.position)])),
    },
    alarm_cursor: String(
      of('alarms.db').prepare('SELECT max(cursor) AS newest FROM events').get()?.newest ?? 0,
    ),
    alarm_epoch: alarmLogEpoch(of('alarms.db')),
    registry_revision: Number(of('registry.db').prepare('SELECT value FROM revision').get()?.value),
    audit_head: head === undefined ? '' : `${head.seq}:${head.hash}`,
    audit_origin: String(origin?.hash ?? ''),
  };
}

async function refuseInside(directory: string, data: string): Promise<void> {
  const [inner, outer] = [await realOf(directory), await realOf(data)];
  const way = relative(outer, inner);
  if (way === '' || !/^\.\.(?:\/|$)/.test(way)) {
    throw new CodedError(
      'backup_inside_data',
      `${directory} is inside the data directory ${data}, with which it would be lost: name one elsewhere, best on another disk`,
    );
  }
}

/** The real path, also of one that is not there yet. */
async function realOf(path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    const full = resolve(path);
    return join(await realOf(dirname(full)), relative(dirname(full), full));
  }
}

async function refuseShortage(directory: string, sizes: readonly number[]): Promise<void> {
  const needed = sizes.reduce((sum, size) => sum + size, RESERVE_OCTETS);
  const free = await freeOctets(directory);
  if (free >= needed) return;
  throw new CodedError(
    'no_space',
    `a backup takes ${sizeText(needed)} and ${dirname(directory)} has ${sizeText(free)} free: make room, or keep fewer with --keep`,
    { details: { needed, free } },
  );
}

function sizesOf(paths: readonly string[]): Promise<readonly number[]> {
  return Promise.all(paths.map(async (path) => (await fs.stat(path)).size));
}

function exists(path: string): CodedError {
  return new CodedError(
    'backup_exists',
    `${path} is there already: another backup runs, or began in this second`,
  );
}
