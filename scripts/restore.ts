import { read } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { systemClock } from '../src/core/clock.ts';
import { adminProgram, answer, runProgram, settingOption } from './admin-command.ts';
import { certificatesOption } from './backup/certificates-option.ts';
import { restoreBackup } from './backup/restore-backup.ts';
import { restoredText } from './backup/restored-text.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface RestoreOptions {
  readonly data: string;
  readonly certs?: string | true;
  readonly replace?: true;
  readonly withdrawals: boolean;
  readonly json?: true;
}

const program = adminProgram('restore', 'Put a backup in the place of a data directory that no server uses.')
  .argument('<backup>', 'the directory of one backup')
  .addOption(settingOption('--data <dir>', 'data directory', SETTINGS.data))
  .addOption(certificatesOption('also put back the certificates of the backup'))
  .option('--replace', 'move what is there aside, to a name beside it; nothing is deleted')
  .option('--no-withdrawals', 'let in again who was revoked or suspended after the backup')
  .option('--json', 'answer with one JSON value instead of text')
  .addHelpText(
    'after',
    `
Stop the server first. The backup is compared with its manifest and checked as "npm run check" does; then everything is
made ready beside the data directory and takes its place at once.
A registry of before knows nothing of revocations since. So what the signed revocation lists of the certificates directory
name, and what the registry that is replaced had withdrawn, is withdrawn again before any server sees it.
Cursors of alarm events that clients got after the backup are not given out a second time.
It ends with what is lost, and what to look after before the server starts. Read that.

Examples:
  $ npm run restore -- /mnt/backup/vitalwire-backup-20260501T083000Z --data /srv/restored
  $ npm run restore -- /mnt/backup/vitalwire-backup-20260501T083000Z --replace
  $ npm run -s restore -- /mnt/backup/vitalwire-backup-20260501T083000Z --replace --json

Exit code: 0 done, 1 it failed and what was there is untouched, 2 wrong usage, 78 files or settings (a server runs).`,
  )
  .action(async (backup: string, options: RestoreOptions) => {
    using progress = new ProgressLine(process.stderr, options.json !== true);
    const { certs = true } = options;
    const restored = await restoreBackup({
      ...{ backup, data: options.data, clock: systemClock() },
      certs: certs === true ? read(process.env, SETTINGS.certs) : certs,
      withCertificates: options.certs !== undefined,
      replace: options.replace === true,
      withdraw: options.withdrawals,
      progress: (text) => progress.show(text),
      warn: (text) => process.stderr.write(`warning: ${text}\n`),
    });
    progress[Symbol.dispose]();
    answer(options, restored, restoredText(restored, options.withdrawals));
  });

await runProgram(program);
