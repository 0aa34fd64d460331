import { readFileSync } from 'node:fs';
import { read } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { systemClock } from '../src/core/clock.ts';
import { adminProgram, answer, runProgram, settingOption, wholeNumber } from './admin-command.ts';
import { openAdminAudit } from './audit/admin-audit.ts';
import { partialBackups, pruneBackups } from './backup/backup-names.ts';
import { certificatesOption } from './backup/certificates-option.ts';
import { sizeText } from './backup/durable-files.ts';
import { makeBackup } from './backup/make-backup.ts';
import { counted } from './counted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface BackupOptions {
  readonly data: string;
  readonly certs?: string | true;
  readonly keep?: number;
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
  .option('--json', 'answer with one JSON value instead of text')
  .addHelpText(
    'after',
    `
Makes DIR/vitalwire-backup-YYYYMMDDTHHMMSSZ with journal, alarm log, registry, audit trail, quarantine, and vitals where
they are in the embedded store. A backup has vitals of patients: it is its owner's alone (0700), so keep it encrypted.
What InfluxDB holds is not in it: back that up with InfluxDB's own tools, after this one has finished.
Not in it either: what a server keeps for its next start only, and the key of TLS session tickets.
While it copies, the -wal files in the data directory grow by what the server writes meanwhile.

Examples:
  $ npm run backup -- /mnt/backup --keep 14
  $ npm run backup -- /mnt/backup --certs            (of VITALWIRE_CERTS_DIR)
  $ npm run check -- /mnt/backup/vitalwire-backup-20260501T083000Z
  $ npm run -s backup -- /mnt/backup --json          (without the lines of npm)

Exit code: 0 done, 1 it failed and nothing was left behind, 2 wrong usage, 78 files or settings.`,
  )
  .action(async (directory: string, options: BackupOptions) => {
    using progress = new ProgressLine(process.stderr, options.json !== true);
    const clock = systemClock();
    const store = read(process.env, SETTINGS.store) === 'influxdb' ? 'influxdb' : 'sqlite';
    const certs = options.certs === true ? read(process.env, SETTINGS.certs) : (options.certs ?? null);
    const { path, manifest, octets } = await makeBackup({
      ...{ data: options.data, directory, certs, store, clock },
      version: productVersion(),
      progress: (text) => progress.show(text),
    });
    progress[Symbol.dispose]();
    await using audit = await openAdminAudit(options.data, clock);
    const details = { files: manifest.files.length, certificates: certs === null ? 'no' : 'yes' };
    await audit.record({ action: 'backup_made', subject: path.slice(path.lastIndexOf('/') + 1), details });
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

function productVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { readonly version?: unknown }).version);
}

await runProgram(program);
