import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { EXIT, runProgram, wholeNumber } from './admin-command.ts';
import { framesFor, type RecordedFrame, readCorpus } from './fuzz/corpus.ts';
import { readFinding } from './fuzz/finding-file.ts';
import { type Finding, Tally } from './fuzz/fuzz-case.ts';
import { describeFuzz, describeProgress } from './fuzz/fuzz-report.ts';
import { type FuzzResult, findingsOf, type TargetResult } from './fuzz/fuzz-result.ts';
import { runCases } from './fuzz/run-cases.ts';
import { runTarget } from './fuzz/run-target.ts';
import { FUZZ_TARGETS } from './fuzz/targets/fuzz-targets.ts';
import { interruptedSignal } from './wearables/interrupted.ts';
import { ProgressLine } from './wearables/progress-line.ts';

interface FuzzOptions {
  readonly target?: string;
  readonly frames: number;
  readonly seed: number;
  readonly jsonCases?: string;
  readonly cborCases?: string;
  readonly corpus?: string;
  readonly keep: string;
  readonly replay?: string;
  readonly json?: true;
}

/** Targets to run: those that were named; none where only cases were. */
function chosen({ target, jsonCases, cborCases }: FuzzOptions): readonly string[] {
  if (target === 'all') return Object.keys(FUZZ_TARGETS);
  if (target !== undefined) return [target];
  return jsonCases === undefined && cborCases === undefined ? Object.keys(FUZZ_TARGETS) : [];
}

async function targetsOf(
  options: FuzzOptions,
  corpus: readonly RecordedFrame[],
  signal: AbortSignal,
): Promise<readonly TargetResult[]> {
  using line = new ProgressLine(process.stderr, true);
  const { seed, frames, keep } = options;
  const results: TargetResult[] = [];
  for (const name of chosen(options)) {
    const make = FUZZ_TARGETS[name];
    if (!make) continue;
    const open = () => make({ seed, corpus: framesFor(corpus, name) });
    const onProgress = (done: Parameters<typeof describeProgress>[0]): void =>
      line.show(describeProgress(done));
    results.push(await runTarget({ open, seed, frames, keep, signal, onProgress }));
  }
  return results;
}

async function replay(path: string): Promise<Finding | null> {
  const { fuzzCase } = readFinding(path);
  const make = FUZZ_TARGETS[fuzzCase.target];
  if (!make) return null;
  await using target = await make({ seed: 0, corpus: [] });
  return await target.run(fuzzCase, new Tally());
}

async function fuzz(options: FuzzOptions): Promise<void> {
  if (options.replay !== undefined) {
    const finding = await replay(options.replay);
    const text =
      finding === null ? 'Held: it does not show any more.' : `${finding.kind}: ${finding.message}`;
    process.stdout.write(options.json ? `${JSON.stringify({ finding })}\n` : `${text}\n`);
    if (finding !== null) process.exitCode = EXIT.failed;
    return;
  }
  const { seed, jsonCases, cborCases } = options;
  const corpus = options.corpus === undefined ? [] : readCorpus(options.corpus);
  // First: a directory that is wrong is told before a long run.
  const cases = [
    ...(jsonCases === undefined ? [] : [runCases(jsonCases, 'json')]),
    ...(cborCases === undefined ? [] : [runCases(cborCases, 'cbor')]),
  ];
  using signal = interruptedSignal();
  const targets = await targetsOf(options, corpus, signal).catch((error: unknown) => {
    if (error === signal.reason) return null;
    throw error;
  });
  if (targets === null) {
    process.stderr.write('interrupted: nothing is judged\n');
    process.exitCode = EXIT.interrupted;
    return;
  }
  const result: FuzzResult = { seed, targets, cases };
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : describeFuzz(result));
  if (findingsOf(result) > 0) process.exitCode = EXIT.failed;
}

const program = new Command('npm run fuzz --')
  .description(
    'Throws frames at the codecs and at the sessions behind them, in this process and without sockets: valid ones, damaged ones and noise. What must never be is looked for at each.',
  )
  .exitOverride()
  .addOption(
    new Option('--target <name>', 'only this one (default: all, or none where only cases are given)').choices(
      [...Object.keys(FUZZ_TARGETS), 'all'],
    ),
  )
  .option('--frames <n>', 'frames for each target', wholeNumber(1, 1_000_000_000), 100_000)
  .option('--seed <n>', 'the same seed makes the same frames', wholeNumber(0, 2 ** 31), 1)
  .option(
    '--json-cases <dir>',
    'JSON parsing cases of others: y_*.json is read, n_*.json refused, i_*.json either',
  )
  .option('--cbor-cases <dir>', 'the same for CBOR: .cbor files, or .hex')
  .option('--corpus <dir>', 'recorded frames to damage further: .ndjson files with a frame in base64 a line')
  .option('--keep <dir>', 'where a finding is written', join(tmpdir(), 'vitalwire-findings'))
  .option('--replay <file>', 'tries a finding again, and nothing else')
  .option('--json', 'one JSON object instead of a table')
  .addHelpText(
    'after',
    `
A codec may throw nothing, takes a bounded time, accepts only what its schema allows and what can be written and read
again, and tells back nothing of what it was sent. A session may throw nothing, closes with codes of the table only,
acks nothing that is not on disk, answers each command once, sends what its peer can read and a bounded amount of
it. After it all the memory is what it was.

Examples:
  $ npm run fuzz
  $ npm run fuzz -- --target device-cbor --frames 1000000 --seed 7
  $ npm run fuzz -- --json-cases test/fuzz/cases/json --cbor-cases test/fuzz/cases/cbor
  $ npm run fuzz -- --target all --corpus test/fuzz/corpus
  $ npm run -s fuzz -- --json | jq '.targets[] | {target, frames, heap}'

Exit codes: 0 all held, 1 something was found (or the run failed), 2 wrong usage, 130 interrupted.`,
  )
  .action(fuzz);

await runProgram(program);
