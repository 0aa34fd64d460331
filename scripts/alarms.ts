import { type Command, Option } from 'commander';
import { DEFAULT_LIMITS } from '../src/model/default-limits.ts';
import { effectiveLimits } from '../src/model/effective-limits.ts';
import type { Vital } from '../src/model/vital.ts';
import { adminProgram, answer, argument, runProgram, wholeNumber } from './admin-command.ts';
import { alarmTable, alarmToJson, type RecordingAlarms } from './alarms/alarm-table.ts';
import { burdenOf, burdenText } from './alarms/burden.ts';
import { addFiguresCommand } from './alarms/figures.ts';
import { replayAlarms } from './alarms/replay-alarms.ts';
import { sharedRecordings } from './alarms/shared-recordings.ts';
import { counted } from './counted.ts';
import { readLimitChoices } from './limits/limit-file.ts';
import { parseColumnMap } from './replay/column-map.ts';
import { readRecordings } from './replay/read-recording.ts';
import type { Recording } from './replay/recording.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface RecordingOptions {
  readonly json?: true;
  readonly columnMap?: ReadonlyMap<Vital, string>;
  readonly timeColumn: string;
  readonly timeUnit: 's' | 'ms';
}

interface ReplayOptions extends RecordingOptions {
  readonly limits?: string;
  readonly acknowledgeAfter?: number;
}

const program = adminProgram(
  'alarms',
  'What the alarm engine makes of recorded vitals, and of the alarms of a running server its key figures.',
);

/** A sub-command over recordings. */
function recordingCommand(
  usage: string,
  description: string,
  notes: string,
  examples: readonly string[],
): Command {
  return program
    .command(usage)
    .description(description)
    .option('--column-map <map>', 'plain CSV: vital=column, ...', argument(parseColumnMap))
    .option('--time-column <name>', 'plain CSV: column of the times', 'time')
    .addOption(
      new Option('--time-unit <unit>', 'plain CSV: unit of the times').choices(['s', 'ms']).default('s'),
    )
    .option('--json', 'answer with one JSON value instead of text')
    .addHelpText(
      'after',
      `\n${notes}\nExamples:\n${examples.map((line) => `  $ npm run ${line}\n`).join('')}\nExit code: 0 done, 1 a file cannot be read, 2 wrong usage.`,
    );
}

recordingCommand(
  'replay <file...>',
  'Run recordings through the alarm engine and print each alarm.',
  `By the recording's own time, a look at silence and escalation each second. The first circle is the assigned clinicians;
nobody answers, unless --acknowledge-after says when somebody does. Times are seconds from the recording's start:
ESCALATED when the next circle was called, LATCHED when the condition of a high-priority alarm ended unseen, BACK when it
came back, CLEAR when the alarm was over ("-": it was not).

--limits FILE has a JSON list of choices in place of the built-in ones, as PUT /v1/limits takes them; no tiers: off.
  [{"target": "spo2:low", "tiers": [{"priority": "medium", "threshold": 88, "onset_delay_ms": 15000, "clear_margin": 1,
    "clear_delay_ms": 5000}]}, {"target": "heart_rate:high", "tiers": []}]
Targets: VITAL:low, VITAL:high, VITAL:falling, VITAL:rising (change, window_ms), combination:NAME (conditions).
`,
  [
    'alarms -- replay bidmc_32_Numerics.csv',
    'alarms -- replay recordings/*.csv --limits proposed.json',
    'alarms -- replay subject_1.csv --acknowledge-after 45',
    '-s alarms -- replay night.csv --column-map spo2=Sat --json   (without the lines of npm)',
  ],
)
  .option('--limits <file>', 'limits to use instead of the built-in ones, by target')
  .addOption(
    new Option('--acknowledge-after <s>', 'acknowledge each alarm so long after it begins to call').argParser(
      wholeNumber(0, 86_400),
    ),
  )
  .action(async (files: readonly string[], options: ReplayOptions) => {
    using progress = new ProgressLine(process.stderr, options.json !== true);
    const choices = options.limits === undefined ? [] : await readLimitChoices(options.limits);
    const chosen = choices.map((choice) => ({
      ...{ ...choice, scope: { kind: 'default' as const } },
      ...{ changed_by: 'replay', changed_at: 0, reason: '--limits' },
    }));
    const limits = effectiveLimits(DEFAULT_LIMITS, chosen, null, null);
    const acknowledgeAfterMs =
      options.acknowledgeAfter === undefined ? null : options.acknowledgeAfter * 1_000;
    const recordings = await readAll(files, options, progress);
    const found: RecordingAlarms[] = recordings.map((recording, i) => {
      progress.show(`replayed ${i} of ${counted(recordings.length, 'recording')}`);
      const [first, last] = [recording.samples[0], recording.samples.at(-1)];
      return {
        recording: recording.name,
        seconds: first && last ? (last.offsetMs - first.offsetMs) / 1_000 : 0,
        alarms: replayAlarms(recording, { limits, acknowledgeAfterMs }),
      };
    });
    progress[Symbol.dispose]();
    const total = found.reduce((sum, { alarms }) => sum + alarms.length, 0);
    const all = `${counted(total, 'alarm')} in ${counted(found.length, 'recording')}.`;
    answer(
      options,
      {
        limits: options.limits ?? 'built_in',
        acknowledge_after_s: options.acknowledgeAfter ?? null,
        recordings: found.map(({ alarms, ...rest }) => ({ ...rest, alarms: alarms.map(alarmToJson) })),
      },
      total === 0 ? all : `${alarmTable(found)}\n${all}`,
    );
  });

recordingCommand(
  'burden [file...]',
  'Count the alarms a patient-hour, with the built-in limits and without their delays and margins.',
  `Each alarm is taken as seen at once, so that it ends with its condition. FEWER is against limits without both. Without a
file: the recordings in VITALWIRE_RECORDINGS, or in ../shared/data beside the project.
`,
  ['alarms -- burden', '-s alarms -- burden recordings/*.csv --json'],
).action(async (files: readonly string[], options: RecordingOptions) => {
  using progress = new ProgressLine(process.stderr, options.json !== true);
  const recordings = await readAll(files.length === 0 ? await sharedRecordings() : files, options, progress);
  const burden = burdenOf(recordings, (name) => progress.show(`counting ${name}`));
  progress[Symbol.dispose]();
  answer(options, burden, burdenText(burden));
});

addFiguresCommand(program);

function readAll(
  files: readonly string[],
  { columnMap: columns, timeColumn, timeUnit }: RecordingOptions,
  progress: ProgressLine,
): Promise<readonly Recording[]> {
  return readRecordings(
    files,
    columns === undefined ? {} : { columnMap: { columns, timeColumn, timeUnit } },
    (_, done) => progress.show(`read ${done} of ${counted(files.length, 'file')}`),
  );
}

await runProgram(program);
