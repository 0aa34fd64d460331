import { accessSync, constants, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, runProgram } from './admin-command.ts';
import {
  type Agreement,
  agreementOf,
  disagreements,
  type EarlierRun,
  earlierRun,
} from './bench/agreement.ts';
import { type BenchReport, hasFailed, hasMissed } from './bench/bench-report.ts';
import { describeAgreement, describeBench, describeTargets } from './bench/bench-text.ts';
import type { Benchmark } from './bench/benchmark.ts';
import { BENCHMARKS } from './bench/benchmarks.ts';
import { benchChart } from './bench/chart/bench-chart.ts';
import { SMOKE } from './bench/cost/smoke.ts';
import { runBenchmarks } from './bench/run-benchmarks.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface BenchOptions {
  readonly only?: readonly Benchmark[];
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly smoke?: boolean;
  readonly chart?: string;
  readonly compare?: string;
  readonly profile?: string;
}

/** `--only a,b --only c`. */
function named(text: string, before: readonly Benchmark[] = []): readonly Benchmark[] {
  const found = text.split(',').map((name) => {
    const benchmark = BENCHMARKS.find((one) => one.name === name.trim());
    if (benchmark !== undefined) return benchmark;
    throw new InvalidArgumentError(
      `There is no ${name.trim() || 'empty name'}: ${BENCHMARKS.map((one) => one.name).join(', ')}.`,
    );
  });
  return [...before, ...found];
}

/** Refused before anything is measured: the page is written when all is. */
function writable(path: string): string {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw new Error(`${path} is a directory: name a file`);
    accessSync(there === undefined ? dirname(resolve(path)) : path, constants.W_OK);
    return path;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Made before anything is measured. An absolute path: the product runs in a directory of its own. */
function directory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    // Profiles of an earlier run would be taken for this one's.
    if (readdirSync(path).length > 0) throw new Error(`${path} is not empty: name another directory`);
    return resolve(path);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function exitCodeOf(report: BenchReport, agreement: Agreement | null): number {
  if (hasFailed(report)) return EXIT.failed;
  if (agreement !== null && disagreements(agreement).length > 0) return EXIT.failed;
  // A quick run shows that it runs: its figures are of too little to be judged by.
  return hasMissed(report) && !report.quick ? EXIT.failed : EXIT.ok;
}

function wantedOf({ only = BENCHMARKS, smoke = false }: BenchOptions): readonly Benchmark[] {
  return smoke ? [SMOKE] : BENCHMARKS.filter((benchmark) => only.includes(benchmark));
}

async function bench(options: BenchOptions): Promise<void> {
  const { quick = false, json = false, smoke = false, chart, compare, profile = null } = options;
  // Before anything is measured: what can't be compared with is known now.
  const earlier: EarlierRun | null = compare === undefined ? null : earlierRun(compare, quick);
  using signal = interruptedSignal();
  using line = new ProgressLine(process.stderr, true);
  const report = await runBenchmarks({
    known: BENCHMARKS,
    wanted: wantedOf(options),
    asked: smoke || options.only !== undefined,
    ...{ quick, profile, signal, show: (text) => line.show(text) },
    onDone: (one) => {
      line[Symbol.dispose]();
      if (one.failed) process.stderr.write(`${one.name} failed: ${one.why}\n`);
      if (!json) process.stdout.write(describeBench(one));
    },
  });
  if (report === null) {
    process.exitCode = EXIT.interrupted;
    return;
  }
  const agreement = earlier === null ? null : agreementOf(earlier, report);
  process.exitCode = exitCodeOf(report, agreement);
  if (json) process.stdout.write(`${JSON.stringify({ ...report, ...(agreement && { agreement }) })}\n`);
  else if (!smoke) process.stdout.write(describeTargets(report));
  if (!json && agreement !== null) process.stdout.write(`\n${describeAgreement(agreement)}`);
  // Last: a disk that is full takes no figure with it.
  if (chart !== undefined) writeFileSync(chart, benchChart(report));
}

const program = new Command('npm run bench --')
  .description('Measures the product on this machine, each figure against its baseline within one run.')
  .exitOverride()
  .option(
    '--only <name>',
    'only this one; may be given again, or as a list with commas (default: all)',
    named,
  )
  .option('--quick', 'shorter and smaller, every target in under two minutes; verdicts do not count')
  .option('--json', 'one JSON object on stdout at the end instead of tables')
  .option('--chart <file>', 'writes charts and tables as one HTML page too', writable)
  .option(
    '--profile <dir>',
    "runs the product with Node's CPU profiler: what a frame costs by whose code it is, and profiles in this directory",
    directory,
  )
  .addOption(
    new Option(
      '--compare <file>',
      'says of each target whether its spread overlaps that of an earlier run, as --json printed it',
    ).conflicts('smoke'),
  )
  .addOption(
    new Option('--smoke', 'a regression check of some seconds, and nothing else').conflicts([
      'only',
      'quick',
    ]),
  )
  .addHelpText(
    'after',
    `
Benchmarks:
${BENCHMARKS.map(({ name, about }) => `  ${name}: ${about}`).join('\n')}

A quick run leaves out what no target is judged by and takes long, unless it is asked for (--quick --only NAME):
  ${BENCHMARKS.flatMap(({ name, quick }) => (quick === 'only_when_asked' ? [name] : [])).join(', ')}

Examples:
  $ npm run bench
  $ npm run bench -- --only slow-clinicians --quick
  $ npm run -s bench -- --quick --json | jq .targets
  $ npm run bench -- --chart bench.html
  $ npm run bench -- --only cost --quick --profile profiles
  $ npm run -s bench -- --quick --json > first.json && npm run bench -- --quick --compare first.json

Exit codes: 0 every target that was measured is met, 1 one is not, a benchmark failed or two runs disagree, 2 wrong usage, 130 interrupted.
With --quick a target that is not met is told and exits with 0: its figures are of too little to be judged by. With --smoke
1 says that frames cost far more than they did, or that one that was acked is not in the journal.`,
  )
  .action(bench);

await runProgram(program);
