import { Command, Option } from 'commander';
import { EXIT, runProgram } from './admin-command.ts';
import { BACKTEST } from './bench/backtest-bench.ts';
import { describeBench } from './bench/bench-report.ts';
import { type Benchmark, isMet } from './bench/benchmark.ts';
import { SLOW_CLINICIANS } from './bench/slow-clinicians/slow-clinicians.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

/** Every benchmark there is: a further one is one more entry. */
const BENCHMARKS: readonly Benchmark[] = [SLOW_CLINICIANS, BACKTEST];

interface BenchOptions {
  readonly only?: string;
  readonly quick?: true;
  readonly json?: true;
}

async function bench({ only, quick, json }: BenchOptions): Promise<void> {
  using signal = interruptedSignal();
  using line = new ProgressLine(process.stderr, true);
  for (const { name, run } of BENCHMARKS) {
    if (only !== undefined && name !== only) continue;
    const show = (text: string): void => line.show(`${name}: ${text}`);
    const result = await run({ quick: quick === true, signal, show }).catch((error: unknown) => {
      if (error === signal.reason) return null;
      throw error;
    });
    line[Symbol.dispose]();
    if (result === null) {
      process.exitCode = EXIT.interrupted;
      return;
    }
    process.stdout.write(
      json
        ? `${JSON.stringify({ benchmark: name, quick: quick === true, ...result })}\n`
        : describeBench(name, result),
    );
    const missed = result.figures.some((figure) => isMet(figure) === false);
    // A quick run shows that it runs: its figures are of too little to be judged by.
    if (missed && quick !== true) process.exitCode = EXIT.failed;
  }
}

const program = new Command('npm run bench --')
  .description('Measures the product on this machine, each figure against its baseline within one run.')
  .exitOverride()
  .addOption(
    new Option('--only <name>', 'only this one (default: all)').choices(BENCHMARKS.map(({ name }) => name)),
  )
  .option('--quick', 'shorter and smaller; its figures are not judged')
  .option('--json', 'one JSON object a benchmark instead of a table')
  .addHelpText(
    'after',
    `
Benchmarks:
${BENCHMARKS.map(({ name, about }) => `  ${name}: ${about}`).join('\n')}

Examples:
  $ npm run bench
  $ npm run bench -- --only slow-clinicians --quick
  $ npm run -s bench -- --json | jq '.figures[]'

Exit codes: 0 every target is met, 1 one is not (or a benchmark failed), 2 wrong usage, 130 interrupted.`,
  )
  .action(bench);

await runProgram(program);
