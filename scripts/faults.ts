import { Command, Option } from 'commander';
import { EXIT, runProgram, wholeNumber } from './admin-command.ts';
import { ALARM_KILL } from './faults/alarm-kill/alarm-kill.ts';
import { describeFaults, runFaults } from './faults/run-faults.ts';
import { failedTrials, type Scenario } from './faults/scenario.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

/** Every scenario there is: a further one is one more entry. */
const SCENARIOS: readonly Scenario[] = [ALARM_KILL];

interface FaultsOptions {
  readonly scenario?: string;
  readonly trials: number;
  readonly seed: number;
  readonly json?: true;
}

async function faults({ scenario, trials, seed, json }: FaultsOptions): Promise<void> {
  using signal = interruptedSignal();
  using line = new ProgressLine(process.stderr, true);
  const chosen = SCENARIOS.filter(({ name }) => scenario === undefined || name === scenario);
  for (const one of chosen) {
    const show = (text: string): void => line.show(text);
    const run = await runFaults({ scenario: one, trials, seed, signal, show }).catch((error: unknown) => {
      if (error === signal.reason) return null;
      throw error;
    });
    line[Symbol.dispose]();
    if (run === null) {
      process.exitCode = EXIT.interrupted;
      return;
    }
    process.stdout.write(json ? `${JSON.stringify(run)}\n` : describeFaults(run, one));
    if (failedTrials(run) > 0) process.exitCode = EXIT.failed;
  }
}

const program = new Command('npm run faults --')
  .description(
    'Does harm to a server of its own, again and again, and looks whether what was promised holds: nothing is left behind but the data of trials that failed.',
  )
  .exitOverride()
  .addOption(
    new Option('--scenario <name>', 'only this one (default: all)').choices(
      SCENARIOS.map(({ name }) => name),
    ),
  )
  .option('--trials <n>', 'how often', wholeNumber(1, 10_000), 20)
  .option('--seed <n>', 'the same seed gives the same choices', wholeNumber(0, 2 ** 31), 1)
  .option('--json', 'one JSON object a scenario instead of a table')
  .addHelpText(
    'after',
    `
Scenarios:
${SCENARIOS.map(({ name, about }) => `  ${name}: ${about}`).join('\n')}

Examples:
  $ npm run faults
  $ npm run faults -- --scenario alarm-kill --trials 20 --seed 1
  $ npm run -s faults -- --scenario alarm-kill --json | jq '.trials[].counts'

Exit codes: 0 all trials held, 1 an oracle found something (or the run failed), 2 wrong usage, 130 interrupted.`,
  )
  .action(faults);

await runProgram(program);
