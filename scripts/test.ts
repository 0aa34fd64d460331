import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { type FileResult, runFiles } from './test/run-files.ts';
import { scratch } from './test/scratch.ts';
import { type TapTally, tallyTap } from './test/tap-stream.ts';

/**
 * `npm test [-- [--coverage] FILE|FOLDER...]`: runs the test files, names every skipped suite, and ends with a line
 * `N passed, N failed, N skipped`. With CI=true a skipped suite is a failure: a real component that should have been there was not.
 */

const ROOT = join(import.meta.dirname, '..');

/** By tap's own runner, in twice the time. */
const COVERAGE = '--coverage';

/** Each spends much of its time waiting: more than there are processors, even of few. */
const JOBS = Math.max(4, availableParallelism());

/** tap ends a file after TAP_TIMEOUT itself, and says what was open; the harness only what does not end by that. */
const TIMEOUT_S = 120;

/** Tests start some hundred processes: with their types stripped once, each starts in a third of the time. */
const COMPILED = { NODE_COMPILE_CACHE: join(ROOT, '.tap/compiled') };

class UsageError extends Error {}

/**
 * The test files that the arguments name: all of them when there is none.
 * @throws UsageError
 */
function filesOf(given: readonly string[]): readonly string[] {
  const unknown = given.find((argument) => argument.startsWith('-'));
  if (unknown !== undefined) throw new UsageError(`${unknown} is no option: only ${COVERAGE} is`);
  const folders = given.length > 0 ? given : ['test'];
  return folders.flatMap((path) => {
    if (path.endsWith('.test.ts')) return [relative(ROOT, resolve(path))];
    const found = globSync(`${relative(ROOT, resolve(path))}/**/*.test.ts`, { cwd: ROOT }).toSorted();
    if (found.length === 0) throw new UsageError(`${path} holds no test: name files *.test.ts, or folders`);
    return found;
  });
}

interface Totals extends Pick<TapTally, 'passed' | 'failed' | 'skipped'> {
  /** What the run as a whole exits with. */
  readonly code: number;
}

async function runAll(files: readonly string[]): Promise<Totals> {
  using temporary = scratch();
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let [passed, failed] = [0, 0];
  const skipped: string[] = [];
  await runFiles(files, {
    jobs: JOBS,
    limitMs: (TIMEOUT_S + 30) * 1_000,
    cwd: ROOT,
    env: { ...process.env, ...COMPILED, TMPDIR: temporary.directory, TAP_TIMEOUT: String(TIMEOUT_S) },
    results: join(ROOT, '.tap/test-results'),
    signal: interrupted.signal,
    onResult: (result) => {
      passed += result.passed;
      failed += failuresOf(result);
      skipped.push(...result.skipped.map((name) => `${result.file}: ${name}`));
      if (failuresOf(result) > 0) console.log(told(result));
    },
  });
  return { passed, failed, skipped, code: interrupted.signal.aborted ? 130 : 0 };
}

function failuresOf({ failed, wrong }: FileResult): number {
  return failed + (wrong === undefined ? 0 : 1);
}

function told({ file, wrong, failures, stderr }: FileResult): string {
  const title = `FAIL ${file}${wrong === undefined ? '' : `: ${wrong}`}`;
  return [title, ...failures, ...(stderr.trim() === '' ? [] : [stderr.trimEnd()])].join('\n  ');
}

async function runWithCoverage(files: readonly string[]): Promise<Totals> {
  using temporary = scratch();
  // tap's own TypeScript loader is switched off in .taprc; its generated test class has to know.
  const built = await run('tap', ['build']);
  if (built !== 0) return { passed: 0, failed: 1, skipped: [], code: built };
  const output = join(temporary.directory, 'results.tap');
  const reporter = process.stdout.isTTY ? 'base' : 'terse';
  const code = await run('tap', [`--reporter=${reporter}`, `--output-file=${output}`, ...files]);
  return { ...(await tallyTap(output)), code };
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', cwd: ROOT, env: { ...process.env, ...COMPILED } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<number> {
  const given = process.argv.slice(2).filter((argument) => argument !== COVERAGE);
  const files = filesOf(given);
  const totals = process.argv.includes(COVERAGE) ? await runWithCoverage(files) : await runAll(files);
  for (const name of totals.skipped) console.log(`skipped: ${name}`);
  const strict = process.env.CI === 'true' && totals.skipped.length > 0;
  if (strict) console.log('CI=true: a skipped suite is a failure');
  const failures = totals.failed + (strict ? totals.skipped.length : 0);
  // On a line of its own: a reporter leaves the cursor, and its escape codes, anywhere.
  console.log(
    `\n${totals.passed} passed, ${failures} failed${strict ? '' : `, ${totals.skipped.length} skipped`}`,
  );
  return totals.code !== 0 ? totals.code : failures > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
