import { Command, Option } from 'commander';
import { EXIT, runProgram, wholeNumber } from './admin-command.ts';
import { ALARM_KILL } from './faults/alarm-kill/alarm-kill.ts';
import { CLOCK } from './faults/clock/clock.ts';
import { describeAll, describeFaults } from './faults/describe-faults.ts';
import { DISK_FULL } from './faults/disk/disk-full.ts';
import { FSYNC_ERROR } from './faults/disk/fsync-error.ts';
import { SLOW_FSYNC } from './faults/disk/slow-fsync.ts';
import { FLEET_RESTART } from './faults/fleet-restart.ts';
import { GARBAGE } from './faults/garbage/garbage.ts';
import { HALF_OPEN } from './faults/half-open/half-open.ts';
import { INFLUX_DOWN } from './faults/influx/influx-down.ts';
import { INFLUX_ERRORS } from './faults/influx/influx-errors.ts';
import { INFLUX_HANG } from './faults/influx/influx-hang.ts';
import { KILL } from './faults/kill.ts';
import { PLANTED_BUG } from './faults/planted-bug/planted-bug.ts';
import { runFaults } from './faults/run-faults.ts';
import { type FaultRun, failedTrials, LOSSES, type Scenario, sumOf } from './faults/scenario.ts';
import { SLOW_CLINICIAN } from './faults/slow-clinician/slow-clinician.ts';
import { STOP } from './faults/stop.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

/** Every scenario there is: a further one is one more entry. */
const SCENARIOS: readonly Scenario[] = [
  KILL,
  PLANTED_BUG,
  STOP,
  CLOCK,
  HALF_OPEN,
  FLEET_RESTART,
  SLOW_CLINICIAN,
  GARBAGE,
  ALARM_KILL,
  INFLUX_DOWN,
  INFLUX_HANG,
  INFLUX_ERRORS,
  DISK_FULL,
  FSYNC_ERROR,
  SLOW_FSYNC,
];
const ALL = 'all';

interface FaultsOptions {
  readonly scenario: readonly string[];
  readonly trials: number;
  readonly seed: number;
  readonly rate?: number;
  readonly outage?: number;
  readonly frames?: number;
  readonly unhurried?: true;
  readonly json?: true;
}

/** What `--json` prints of a scenario: its trials, and what all of them come to. */
function asJson(run: FaultRun): string {
  const totals = Object.fromEntries(LOSSES.map((name) => [name, sumOf(run, name)]));
  return `${JSON.stringify({ ...run, totals, failed: failedTrials(run) })}\n`;
}

async function faults(options: FaultsOptions): Promise<void> {
  const { scenario, trials, seed, rate, outage, frames, unhurried = false, json } = options;
  using signal = interruptedSignal();
  using line = new ProgressLine(process.stderr, true);
  const chosen = SCENARIOS.filter(({ name }) => scenario.includes(ALL) || scenario.includes(name));
  const asked = { rate: rate ?? null, outageS: outage ?? null, frames: frames ?? null, unhurried };
  const runs: FaultRun[] = [];
  for (const one of chosen) {
    const show = (text: string): void => line.show(text);
    const run = await runFaults({ scenario: one, trials, seed, asked, signal, show }).catch(
      (error: unknown) => {
        if (error === signal.reason) return null;
        throw error;
      },
    );
    line[Symbol.dispose]();
    if (run === null) {
      process.stderr.write(`interrupted: ${one.name} is not judged; what it made is removed\n`);
      process.exitCode = EXIT.interrupted;
      break;
    }
    runs.push(run);
    process.stdout.write(json ? asJson(run) : describeFaults(run, one));
    if (failedTrials(run) > 0) process.exitCode = EXIT.failed;
  }
  if (!json && chosen.length > 1) process.stdout.write(`\n${describeAll(runs)}`);
}

const program = new Command('npm run faults --')
  .description(
    'Does harm to servers of its own, again and again, and looks whether what was promised holds: nothing is left behind but the data of trials that failed.',
  )
  .exitOverride()
  .addOption(
    new Option('--scenario <names...>', 'these only')
      .choices([ALL, ...SCENARIOS.map(({ name }) => name)])
      .default([ALL]),
  )
  .option('--trials <n>', 'how often', wholeNumber(1, 10_000), 5)
  .option('--seed <n>', 'the same seed gives the same choices', wholeNumber(0, 2 ** 31), 1)
  .option('--rate <n>', 'frames a second of all devices, where a scenario streams', wholeNumber(1, 20_000))
  .option('--outage <seconds>', 'how long what is taken away stays away', wholeNumber(1, 3_600))
  .option('--frames <n>', 'malformed frames, where a scenario sends such', wholeNumber(1, 100_000_000))
  .option(
    '--unhurried',
    'judge what is kept, not how long things take: for a machine that has other things to do meanwhile',
  )
  .option('--json', 'one JSON object a scenario instead of tables')
  .addHelpText(
    'after',
    `
Scenarios:
${SCENARIOS.map(({ name, about }) => `  ${name}: ${about}`).join('\n')}

Examples:
  $ npm run faults
  $ npm run faults -- --scenario kill --trials 100 --seed 1
  $ npm run -s faults -- --scenario kill alarm-kill --json | jq '.totals'

A scenario that needs what is not here (root, strace, influxd) is skipped and says what is missing.
Exit codes: 0 all trials held, 1 an oracle found something (or the run failed), 2 wrong usage, 130 interrupted.`,
  )
  .action(faults);

await runProgram(program);
