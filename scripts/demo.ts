import { Command, Option } from 'commander';
import { readEnvironment } from '../src/config/environment.ts';
import { EXIT, runProgram, wholeNumber } from './admin-command.ts';
import { influxVersionAt } from './demo/demo-server.ts';
import { demoView } from './demo/demo-view.ts';
import { cutTo, type DemoPerson, simulatedPeople } from './demo/people.ts';
import { runDemo } from './demo/run-demo.ts';
import { describeSummary, isWhole } from './demo/summary.ts';
import { readRecordings } from './replay/read-recording.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { positiveNumber } from './wearables/server-options.ts';

interface DemoCommandOptions {
  readonly seconds?: number;
  readonly devices: number;
  readonly speed: number;
  readonly seed: number;
  readonly history?: number;
  readonly replay?: readonly string[];
  readonly influx?: string;
  readonly influxDatabase: string;
  readonly influxVersion?: '1' | '2' | '3';
  readonly json?: true;
  readonly verbose?: true;
}

/** Settings of the store the demo's server writes to; whatever `.env` and the environment say of InfluxDB counts. */
async function storeSettings({
  influx,
  influxVersion,
  influxDatabase,
}: DemoCommandOptions): Promise<Readonly<Record<string, string | undefined>>> {
  const environment = readEnvironment(process.cwd(), process.env);
  const ofInflux = Object.fromEntries(
    Object.entries(environment).filter(([key]) => key.startsWith('INFLUX_')),
  );
  if (influx === undefined) return { VITALWIRE_STORE: 'sqlite' };
  return {
    ...ofInflux,
    VITALWIRE_STORE: 'influxdb',
    INFLUX_URL: influx,
    INFLUX_VERSION: influxVersion ?? (await influxVersionAt(influx)),
    // Whatever `.env` names for real people: simulated ones have no place there.
    INFLUX_DATABASE: influxDatabase,
    INFLUX_BUCKET: influxDatabase,
  };
}

/** Long enough to look around in the console; Ctrl-C ends it before. */
const DEFAULT_SECONDS = 600;

/** What the trends of the console begin with, when nothing else is said. */
const DEFAULT_HISTORY_MINUTES = 60;

/** Whoever says for how long counts what is sent: nothing is added to it. */
function historyMinutes({ history, seconds, replay }: DemoCommandOptions): number {
  return history ?? (seconds === undefined && !replay ? DEFAULT_HISTORY_MINUTES : 0);
}

async function peopleOf({ replay, seconds, devices, seed }: DemoCommandOptions): Promise<DemoPerson[]> {
  if (!replay) return simulatedPeople({ devices, seed, seconds: seconds ?? DEFAULT_SECONDS });
  const recordings = await readRecordings(replay);
  return recordings.map((recording) => ({
    label: recording.name,
    recording: seconds === undefined ? recording : cutTo(recording, seconds),
    simulated: null,
  }));
}

async function demo(options: DemoCommandOptions): Promise<void> {
  using signal = interruptedSignal();
  const json = options.json === true;
  const people = await peopleOf(options);
  const store = await storeSettings(options);
  using view = demoView({ json, out: process.stdout });
  const summary = await runDemo({
    people,
    historyMs: 60_000 * historyMinutes(options),
    speed: options.speed,
    store,
    verbose: options.verbose === true,
    signal,
    view,
  }).catch((error: unknown) => {
    if (error === signal.reason) return null;
    throw error;
  });
  view[Symbol.dispose]();
  if (signal.aborted) process.exitCode = EXIT.interrupted;
  if (summary === null) {
    if (!json) process.stdout.write('Interrupted before anything was sent.\n');
    return;
  }
  process.stdout.write(`${json ? JSON.stringify(summary) : describeSummary(summary)}\n`);
  if (!isWhole(summary)) process.exitCode = EXIT.failed;
}

const program = new Command('npm run demo --')
  .description(
    'The whole job in one command: a server of its own, wearables, a clinician, a summary. Leaves nothing behind but what --influx writes.',
  )
  .exitOverride()
  .option(
    '--seconds <n>',
    'how long to watch, in seconds of sample time (default: 600, or whole recordings)',
    wholeNumber(5, 86_400),
  )
  .option(
    '--history <minutes>',
    'what simulated people measured before is sent first (default: 60, or 0 with --seconds)',
    wholeNumber(0, 1_440),
  )
  .option('--devices <n>', 'how many simulated people wear a device', wholeNumber(1, 2_000), 8)
  .option('--speed <x>', 'how many seconds of sample time pass in one', positiveNumber(100), 1)
  .option('--seed <n>', 'the same seed gives the same people', wholeNumber(0, 2 ** 31), 1)
  .option('--replay <file...>', 'recorded vitals instead of simulated people, one wearable a recording')
  .option(
    '--influx <url>',
    'write to this InfluxDB instead of the embedded store; what is written stays there',
  )
  .option('--influx-database <name>', 'its database (1.x, 3.x) or bucket (2.x)', 'vitalwire_demo')
  .addOption(
    new Option('--influx-version <v>', 'its major version; found out when left out').choices(['1', '2', '3']),
  )
  .option('--json', 'one JSON object on the last line instead of a table')
  .option('--verbose', "the server's log on stderr")
  .addHelpText(
    'after',
    `
Examples:
  $ npm run demo
  $ npm run demo -- --seconds 20 --devices 16
  $ npm run demo -- --replay recordings/*.csv --speed 30 --json
  $ npm run demo -- --influx http://localhost:8086 --influx-version 1

Ctrl-C ends the playing; the summary is then of what was sent until there.
Exit codes: 0 all that was acked is in the store, 1 it is not (or the demo failed), 2 wrong usage,
130 interrupted (and all that was acked is in the store).`,
  )
  .action(demo);

await runProgram(program);
