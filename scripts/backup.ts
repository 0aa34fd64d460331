import { existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { read } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { systemClock } from '../src/core/clock.ts';
import type { CodedError } from '../src/core/coded-error.ts';
import { adminProgram, answer, runProgram, settingOption, wholeNumber } from './admin-command.ts';
import { openAdminAudit } from './audit/admin-audit.ts';
import { partialBackups, pruneBackups } from './backup/backup-names.ts';
import { certificatesOption } from './backup/certificates-option.ts';
import { sizeText } from './backup/durable-files.ts';
import { makeBackup } from './backup/make-backup.ts';
import { TimeLimit } from './backup/time-limit.ts';
import { counted } from './counted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

const MINUTE_MS = 60_000;

interface BackupOptions {
  readonly data: string;
  readonly certs?: string | true;
  readonly keep?: number;
  readonly within: number;
  readonly json?: true;
}

const program = adminProgram(
  'backup',
  'Copy all data of a server to a directory of its own below DIR, while the server runs or not.',
)
  .argument('<dir>', 'where backups go, best on another disk; made when missing')
  .addOption(settingOption('--data <dir>', 'data directory', SETTINGS.data))
  .addOption(certificatesOption('include the certificates directory, with its private keys'))
  .option(
    '--keep <n>',
    'then delete older backups of this server beyond the newest so many',
    wholeNumber(1, 10_000),
  )
  .addOption(
    new Option('--within <minutes>', 'give up what takes longer: a target that hangs, say')
      .argParser(wholeNumber(1, 10_000))
      .default(60),
  )
  .option('--json', 'answer with one JSON value instead of text')
  .addHelpText(
    'after',
    `
Makes DIR/vitalwire-backup-YYYYMMDDTHHMMSSZ with journal, alarm log, registry, audit trail, quarantine, and vitals where
they are in the embedded store. A backup has vitals of patients: it is its owner's alone (0700), so keep it encrypted.
What InfluxDB holds is not in it: back that up with InfluxDB's own tools, after this one has finished.
Not in it either: what a server keeps for its next start only, and the key of TLS session tickets.
While it copies, the -wal files in the data directory grow by what the server writes meanwhile: so it ends after --within.

Examples:
  $ npm run backup -- /mnt/backup --keep 14
  $ npm run backup -- /mnt/backup --certs            (of VITALWIRE_CERTS_DIR)
  $ npm run check -- /mnt/backup/vitalwire-backup-20260501T083000Z
  $ npm run -s backup -- /mnt/backup --json          (without the lines of npm)

Exit code: 0 done, 1 it failed and nothing was left behind (audit_not_recorded: the backup was made, and only its entry in the
audit trail is missing), 2 wrong usage, 78 files or settings, 137 the target hung: a .partial may be left.`,
  )
  .action(async (directory: string, options: BackupOptions) => {
    using progress = new ProgressLine(process.stderr, options.json !== true);
    const clock = systemClock();
    const store = read(process.env, SETTINGS.store) === 'influxdb' ? 'influxdb' : 'sqlite';
    const certs = options.certs === true ? read(process.env, SETTINGS.certs) : (options.certs ?? null);
    // Before anything is made: what cannot be put on record is not to be. Where there is no trail there is no backup, either.
    await using audit = existsSync(join(options.data, 'audit.db'))
      ? await openAdminAudit(options.data, clock)
      : null;
    using limit = new TimeLimit({ clock, withinMs: options.within * MINUTE_MS, end: endAtOnce });
    const { path, manifest, octets } = await makeBackup({
      ...{ data: options.data, directory, certs, store, clock, signal: limit.signal },
      version: productVersion(),
      progress: (text) => progress.show(text),
    });
    limit[Symbol.dispose]();
    progress[Symbol.dispose]();
    const details = { files: manifest.files.length, certificates: certs === null ? 'no' : 'yes' };
    await audit?.record({ action: 'backup_made', subject: path.slice(path.lastIndexOf('/') + 1), details });
    const pruned = options.keep === undefined ? [] : await pruneBackups(path, options.keep);
    const unfinished = await partialBackups(directory);
    if (manifest.telemetry === 'not_included')
      warn(
        'VITALWIRE_STORE=influxdb: the vitals in InfluxDB are NOT in this backup; back it up with its own tools',
      );
    if (certs !== null) warn(`${path}/certs has private keys: whoever reads it can pass for the server`);
    for (const name of unfinished)
      warn(`${directory}/${name} was not finished: remove it, unless it is being made now`);
    answer(
      options,
      { path, octets, pruned, unfinished, ...manifest },
      [
        `${path}: ${counted(manifest.files.length, 'file')}, ${sizeText(octets)}, journal position ${manifest.journal.position}.`,
        ...(pruned.length === 0 ? [] : [`Deleted ${pruned.join(', ')}.`]),
        `Note elsewhere: audit head ${manifest.audit_head || 'of an empty trail'}.`,
        `Look whether it can be used: npm run check -- ${path}`,
      ].join('\n'),
    );
  });

function warn(text: string): void {
  process.stderr.write(`warning: ${text}\n`);
}

/** A system call that hangs holds its thread, for which any other end would wait. The system lets go of the snapshots. */
function endAtOnce({ message, code }: CodedError): void {
  writeSync(process.stderr.fd, `error: ${message} (${code})\n`);
  process.kill(process.pid, 'SIGKILL');
}

function productVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { readonly version?: unknown }).version);
}

await runProgram(program);
