import { spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * `npm test [-- [--coverage] FILE...]`: runs tap, names every skipped suite, and ends with a line `N passed, N failed, N skipped`.
 * With CI=true a skipped suite is a failure: a real component that should have been there was not.
 */

/** Measured when asked for only: it costs a quarter of the time. */
const COVERAGE = '--coverage';

/** Tests start some thousand processes: with their types stripped once, each starts in a third of the time. */
const COMPILED = { NODE_COMPILE_CACHE: join(import.meta.dirname, '../.tap/compiled') };

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...COMPILED } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

interface Tally {
  passed: number;
  failed: number;
  readonly skipped: string[];
}

/** Counts the assertions of a TAP file (version 14): lines `ok` and `not ok` that are not a summary of a subtest. */
async function tally(file: string): Promise<Tally> {
  const counts: Tally = { passed: 0, failed: 0, skipped: [] };
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const skip = /^\s*ok \d+ - (.*) # SKIP ?(.*)$/.exec(line);
    if (skip) counts.skipped.push(`${skip[1]}${skip[2] ? ` (${skip[2]})` : ''}`);
    const totals = /^# \{ total: \d+, pass: (\d+)(?:, fail: (\d+))?/.exec(line);
    if (totals) {
      counts.passed = Number(totals[1]);
      counts.failed = Number(totals[2] ?? 0);
    }
  }
  return counts;
}

async function main(): Promise<number> {
  // tap's own TypeScript loader is switched off in .taprc; its generated test class has to know.
  const built = await run('tap', ['build']);
  if (built !== 0) return built;
  const given = process.argv.slice(2);
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-tap-'));
  try {
    const file = join(directory, 'results.tap');
    const reporter = process.stdout.isTTY ? 'base' : 'terse';
    const code = await run('tap', [
      `--reporter=${reporter}`,
      `--output-file=${file}`,
      ...(given.includes(COVERAGE) ? [] : ['--disable-coverage']),
      ...given.filter((argument) => argument !== COVERAGE),
    ]);
    const { passed, failed, skipped } = await tally(file);
    for (const name of skipped) console.log(`skipped: ${name}`);
    const strict = process.env.CI === 'true' && skipped.length > 0;
    if (strict) console.log('CI=true: a skipped suite is a failure');
    const failures = failed + (strict ? skipped.length : 0);
    // On a line of its own: the reporter leaves the cursor, and its escape codes, anywhere.
    console.log(`\n${passed} passed, ${failures} failed${strict ? '' : `, ${skipped.length} skipped`}`);
    return code !== 0 ? code : failures > 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exitCode = await main();
