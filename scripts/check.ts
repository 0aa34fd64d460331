import { SETTINGS } from '../src/config/settings.ts';
import { systemClock } from '../src/core/clock.ts';
import { adminProgram, answer, EXIT, runProgram, settingOption } from './admin-command.ts';
import { checkBackup, checkData } from './backup/check-directory.ts';
import { verdictText } from './backup/verdict-text.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface CheckOptions {
  readonly data: string;
  readonly quick?: true;
  readonly json?: true;
}

const program = adminProgram(
  'check',
  'Verify the databases of a data directory, while the server runs or not, or of a backup. Changes nothing.',
)
  .argument('[backup]', 'the directory of one backup; the data directory when absent')
  .addOption(settingOption('--data <dir>', 'data directory', SETTINGS.data))
  .option('--quick', 'leave out what takes long: indexes against tables, every record, every value')
  .option('--json', 'answer with one JSON value instead of text')
  .addHelpText(
    'after',
    `
Looks at: the pages of each database and its foreign keys; the journal's batches (checksum, number of records, none
missing, totals), its readers, and the marks of streams; the alarm log's cursors and epochs; every registry entry; the
chain of the audit trail; the rows of the embedded store; of a backup also its manifest.
While it looks at a file, that file's -wal grows by what the server writes meanwhile.

Examples:
  $ npm run check
  $ npm run check -- --quick
  $ npm run check -- /mnt/backup/vitalwire-backup-20260501T083000Z
  $ npm run -s check -- --json          (without the lines of npm)

Exit code: 0 sound, 1 not sound, 2 wrong usage, 78 files or settings.`,
  )
  .action(async (backup: string | undefined, options: CheckOptions) => {
    using progress = new ProgressLine(process.stderr, options.json !== true);
    const quick = options.quick === true;
    const request = { quick, now: systemClock().now(), progress: (text: string) => progress.show(text) };
    const checked =
      backup === undefined
        ? await checkData({ ...request, directory: options.data })
        : await checkBackup({ ...request, directory: backup });
    progress[Symbol.dispose]();
    const { sound, files, absent } = checked;
    answer(
      options,
      { sound, directory: backup ?? options.data, quick, files, absent },
      verdictText(files, absent),
    );
    if (!sound) process.exitCode = EXIT.failed;
  });

await runProgram(program);
