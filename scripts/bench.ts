import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, runProgram } from './admin-command.ts';
import { type BenchReport, hasFailed, hasMissed } from './bench/bench-report.ts';
import { describeBench, describeTargets } from './bench/bench-text.ts';
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

function exitCodeOf(report: BenchReport): number {
  if (hasFailed(report)) return EXIT.failed;
  // A quick run shows that it runs: its figures are of too little to be judged by.
  return hasMissed(report) && !report.quick ? EXIT.failed : EXIT.ok;
}

function wantedOf({ only = BENCHMARKS, smoke = false }: BenchOptions): readonly Benchmark[] {
  return smoke ? [SMOKE] : BENCHMARKS.filter((benchmark) => only.includes(benchmark));
}

async function bench(options: BenchOptions): Promise<void> {
  const { quick = false, json = false, smoke = false, chart } = options;
  using signal = interruptedSignal();
  using line = new ProgressLine(process.stderr, true);
  const report = await runBenchmarks({
    known: BENCHMARKS,
    wanted: wantedOf(options),
    asked: smoke || options.only !== undefined,
    ...{ quick, signal, show: (text) => line.show(text) },
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
  process.exitCode = exitCodeOf(report);
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (!smoke) process.stdout.write(describeTargets(report));
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

Exit codes: 0 every target that was measured is met, 1 one is not or a benchmark failed, 2 wrong usage, 130 interrupted.
With --quick a target that is not met is told and exits with 0: its figures are of too little to be judged by. With --smoke
1 says that frames cost far more than they did, or that one that was acked is not in the journal.`,
  )
  .action(bench);

await runProgram(program);
