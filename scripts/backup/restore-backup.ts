import { existsSync, promises as fs } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { leapAlarmLog } from '../../src/bus/alarm-log-epoch.ts';
import type { Clock } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { lockDataDirectory } from '../../src/core/directory-lock.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { openAdminAudit } from '../audit/admin-audit.ts';
import { epochAfter, epochsIn } from './alarm-epochs.ts';
import { checkBackup } from './check-directory.ts';
import { copyPrivate, freeOctets, sizeText, syncTree } from './durable-files.ts';
import { type Former, formerState } from './former-state.ts';
import type { Manifest } from './manifest.ts';
import { exchange, giveToOwner, type RestoreTarget, takeTarget } from './restore-target.ts';
import { signEverybodyOut } from './sign-everybody-out.ts';
import { type Withdrawn, withdrawKnown, withdrawListed } from './withdrawals.ts';

const RESERVE_OCTETS = 64 * 1024 * 1024;

export interface RestoreRequest {
  readonly backup: string;
  readonly data: string;
  /** The certificates directory: its revocation lists are gone by. */
  readonly certs: string;
  /** Also put back the certificates of the backup. */
  readonly withCertificates: boolean;
  readonly replace: boolean;
  /** Withdraw again what was withdrawn after the backup. */
  readonly withdraw: boolean;
  readonly clock: Clock;
  readonly progress: (text: string) => void;
  readonly warn: (text: string) => void;
}

export interface Restored {
  readonly data: string;
  readonly manifest: Manifest;
  /** Where what was there before is; null: nothing was. */
  readonly aside: string | null;
  readonly certsAside: string | null;
  readonly alarmEpoch: number;
  readonly withdrawn: readonly Withdrawn[];
  /** How far the directory that was replaced had got; null: there was none that could be read. */
  readonly former: Former | null;
}

/**
 * Puts a backup in the place of a data directory. Everything is made ready beside it first; what is there already is moved
 * aside and never deleted.
 * @throws CodedError `data_directory_in_use`, `not_empty`, `backup_invalid`, `backup_not_sound`, `no_certificates`,
 *   `no_space`, `restore_target_is_mount`, `restore_failed`
 */
export async function restoreBackup(request: RestoreRequest): Promise<Restored> {
  const { backup, data, certs, replace, withCertificates, clock, progress, warn } = request;
  using target = await takeTarget(data, replace);
  refuseWithin(await fs.realpath(backup).catch(() => backup), target.path);
  const { sound, files, manifest } = await checkBackup({
    ...{ directory: backup, quick: false, now: clock.now(), progress },
  });
  if (!sound) {
    const [first] = files.filter((file) => !file.sound);
    throw new CodedError(
      'backup_not_sound',
      `${backup}: ${first?.file}: ${first?.faults[0]}: use another backup (npm run check -- ${backup} tells all that is wrong)`,
    );
  }
  if (withCertificates && !manifest.certificates)
    throw new CodedError('no_certificates', `${backup} has no certificates: leave out --certs`);
  using certsTarget = withCertificates ? await takeTarget(certs, replace) : null;
  const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const staged = `${target.path}.restoring-${stamp}`;
  const stagedCerts = certsTarget && `${certsTarget.path}.restoring-${stamp}`;
  try {
    await copyOut(request, manifest, staged, stagedCerts);
    // Nobody opens it before all of it is done, also under its new name.
    using _lock = lockDataDirectory(staged, 0);
    const former = target.inUse ? formerState(target.path) : null;
    const alarmEpoch = leap(staged, target, manifest, clock.now());
    const directories = stagedCerts ? [certs, stagedCerts] : [certs];
    const withdrawn = await withdrawAgain(request, staged, directories, target);
    await keepListNumbers(target.path, staged);
    await record(staged, manifest, withdrawn.length, clock);
    await giveToOwner(staged, target.path, warn);
    if (stagedCerts && certsTarget) await giveToOwner(stagedCerts, certsTarget.path, warn);
    progress('putting it on disk');
    await syncTree(staged);
    if (stagedCerts) await syncTree(stagedCerts);
    // The certificates first: with the former ones beside it a restored registry may lack what they sign.
    const certsAside = certsTarget && stagedCerts ? await exchange(stagedCerts, certsTarget, stamp) : null;
    const aside = await exchange(staged, target, stamp);
    return { data: target.path, manifest, aside, certsAside, alarmEpoch, withdrawn, former };
  } catch (error) {
    await fs.rm(staged, { recursive: true, force: true });
    if (stagedCerts) await fs.rm(stagedCerts, { recursive: true, force: true });
    throw error;
  }
}

async function copyOut(
  { backup, progress }: RestoreRequest,
  { files }: Manifest,
  staged: string,
  stagedCerts: string | null,
): Promise<void> {
  const wanted = files.filter(({ name }) => stagedCerts !== null || !name.startsWith('certs/'));
  const needed = wanted.reduce((sum, { octets }) => sum + octets, RESERVE_OCTETS);
  const free = await freeOctets(dirname(staged));
  if (free < needed) {
    throw new CodedError(
      'no_space',
      `restoring takes ${sizeText(needed)} and ${dirname(staged)} has ${sizeText(free)} free: make room`,
      { details: { needed, free } },
    );
  }
  await fs.mkdir(staged, { mode: 0o700 });
  if (stagedCerts) await fs.mkdir(stagedCerts, { mode: 0o700 });
  for (const { name, sha256 } of wanted) {
    progress(name);
    const inCerts = name.startsWith('certs/');
    const to = inCerts ? join(stagedCerts ?? staged, name.slice('certs/'.length)) : join(staged, name);
    await fs.mkdir(dirname(to), { recursive: true, mode: 0o700 });
    const copied = await copyPrivate(join(backup, name), to);
    if (copied.sha256 !== sha256)
      throw new CodedError(
        'backup_damaged',
        `${join(backup, name)} changed as it was read: use another backup`,
      );
  }
}

function leap(
  staged: string,
  { path, inUse, formerly }: RestoreTarget,
  manifest: Manifest,
  now: number,
): number {
  const known = epochsIn([...(inUse ? [path] : []), ...formerly]);
  const epoch = epochAfter(manifest.alarm_epoch, known, { created: Date.parse(manifest.created), now });
  const database = new DatabaseSync(join(staged, 'alarms.db'));
  try {
    leapAlarmLog(database, epoch);
  } finally {
    database.close();
  }
  return epoch;
}

async function withdrawAgain(
  { withdraw, clock, warn }: RestoreRequest,
  staged: string,
  directories: readonly string[],
  target: RestoreTarget,
): Promise<readonly Withdrawn[]> {
  await using registry = await openSqliteRegistry({
    path: join(staged, 'registry.db'),
    onError: ({ message }) => warn(message),
  });
  await signEverybodyOut(registry, clock.now());
  const withdrawn: Withdrawn[] = [];
  if (!withdraw) return withdrawn;
  // The lists of now are newer than those of the backup, which stand in where there are none.
  for (const certs of directories) withdrawn.push(...(await withdrawListed(registry, certs, warn)));
  const former = join(target.path, 'registry.db');
  if (!target.inUse || !existsSync(former)) return withdrawn;
  try {
    withdrawn.push(...(await withdrawKnown(registry, former, clock.now())));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(`what ${former} had withdrawn was not all withdrawn again: ${reason}`);
  }
  return withdrawn;
}

/** The newest of the former directory, if it has any: a list older than one that was published is never handed out. */
async function keepListNumbers(former: string, staged: string): Promise<void> {
  const name = 'crl-numbers.json';
  if (!existsSync(join(former, name))) return;
  await fs.rm(join(staged, name), { force: true });
  await copyPrivate(join(former, name), join(staged, name));
}

async function record(staged: string, manifest: Manifest, withdrawn: number, clock: Clock): Promise<void> {
  await using audit = await openAdminAudit(staged, clock);
  await audit.record({
    action: 'data_restored',
    subject: `backup of ${manifest.created}`,
    details: { journal: manifest.journal.position, withdrawn },
  });
}

function refuseWithin(backup: string, data: string): void {
  const way = relative(data, backup);
  if (way !== '' && /^\.\.(?:\/|$)/.test(way)) return;
  throw new CodedError(
    'backup_inside_data',
    `${backup} is inside ${data}, which would be moved away: move the backup elsewhere first`,
  );
}
