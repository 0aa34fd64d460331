import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { openStore } from '../../src/app-store.ts';
import { loadConfig } from '../../src/config/config.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import type { EpochMs } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import { Backtests } from '../../src/feed/backtests.ts';
import { DEFAULT_EPISODES, MAX_BACKTEST_MS } from '../../src/model/backtest.ts';
import { type PatientId, patientId } from '../../src/model/ids.ts';
import { type LimitTarget, targetKey } from '../../src/model/limit.ts';
import type { LimitChoice } from '../../src/model/limit-override.ts';
import { limitTargetOf } from '../../src/model/limit-target.ts';
import { limitChoiceOf } from '../../src/registry/limit-checks.ts';
import type { TelemetryStore } from '../../src/store/telemetry-store.ts';
import {
  type AdminOptions,
  answer,
  argument,
  subcommand,
  wholeNumber,
  withRegistry,
} from '../admin-command.ts';
import { parseInstant } from '../instant.ts';
import { backtestText } from './backtest-text.ts';
import { readLimitChoices } from './limit-file.ts';
import { givenTierOptions, type TierOptions, tiersOfOptions, withTierOptions } from './tier-options.ts';

interface BacktestOptions extends AdminOptions, TierOptions {
  readonly patient: PatientId;
  readonly days: number;
  readonly to?: EpochMs;
  readonly off?: true;
  readonly file?: string;
}

const DAY_MS = 86_400_000;

/** Adds `backtest`. */
export function addBacktest(program: Command): void {
  const command = subcommand(
    program,
    'backtest',
    'What proposed limits would have done over stored history, beside the limits in force. Changes nothing.',
    [
      'limits -- backtest spo2:low --patient p-12 --medium 88 --medium-delay 15 --high 80 --high-delay 0',
      'limits -- backtest heart_rate:high --patient p-12 --days 7 --medium 130 --high 150 --margin 3',
      'limits -- backtest glucose:high --patient p-12 --off',
      'limits -- backtest --patient p-12 --file proposed.json --json',
    ],
  )
    .argument('[target]', 'as of "set"; without it, --file has them', argument(limitTargetOf))
    .requiredOption('--patient <id>', 'whose history, and whose limits', argument(patientId))
    .addOption(
      new Option('--days <n>', 'how much of it')
        .argParser(wholeNumber(1, MAX_BACKTEST_MS / DAY_MS))
        .default(1),
    )
    .option('--to <time>', 'until then, such as 2026-05-01T08:30:00Z (default: now)', parseInstant);
  withTierOptions(command)
    .option('--off', 'try the target switched off')
    .option('--file <file>', 'a JSON list of choices: [{"target": "spo2:low", "tiers": [...]}, ...]')
    .action((target: LimitTarget | undefined, options: BacktestOptions) =>
      withRegistry(options, async ({ registry, clock }) => {
        const patient = registry.patient(options.patient);
        if (!patient)
          throw new CodedError(
            'unknown_patient',
            `--patient "${options.patient}" is not registered: see "npm run patient -- list"`,
          );
        const limits = await proposedBy(target, options);
        const to = options.to ?? clock.now() + 1;
        const from = to - options.days * DAY_MS;
        await using store = storeOf(options);
        await using backtests = new Backtests({ registry, store });
        const report = await backtests.run({ patient, limits, from, to, episodes: DEFAULT_EPISODES });
        answer(options, report, backtestText(report));
      }),
    );
}

/** What is to be tried: a target with tiers, a target switched off, or a file. @throws CodedError `options_invalid` */
async function proposedBy(
  target: LimitTarget | undefined,
  options: BacktestOptions,
): Promise<readonly LimitChoice[]> {
  const given = givenTierOptions(options);
  const { off, file } = options;
  if (file !== undefined) {
    const other = target === undefined ? (off ? '--off' : given[0]) : targetKey(target);
    if (other !== undefined)
      throw new CodedError('options_invalid', `--file and ${other} exclude each other`);
    return await readLimitChoices(file);
  }
  if (target === undefined)
    throw new CodedError('options_invalid', 'nothing is proposed: name a target and its tiers, or --file');
  if (off && given[0] !== undefined)
    throw new CodedError('options_invalid', `--off and ${given[0]} exclude each other`);
  return [limitChoiceOf(targetKey(target), off ? [] : tiersOfOptions(target, options))];
}

/**
 * The store that the server's configuration names. A running server may have the embedded one open: reading beside it
 * neither waits for its writes nor holds them up.
 * @throws CodedError `history_missing`; ConfigError
 */
function storeOf({ data }: BacktestOptions): TelemetryStore {
  const { config, secrets } = loadConfig(process.env);
  const file = join(data, 'telemetry.db');
  if (config.store.kind === 'sqlite' && !existsSync(file))
    throw new CodedError(
      'history_missing',
      `there is no ${file}: name the server's data directory with --data (${SETTINGS.data.key})`,
    );
  return openStore(config, secrets, data);
}
