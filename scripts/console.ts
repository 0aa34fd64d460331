import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { codeOf } from '../src/core/coded-error.ts';
import { EXIT, runProgram } from './admin-command.ts';
import { buildConsole, CONSOLE_DIRECTORY } from './console/build-console.ts';

interface ConsoleOptions {
  readonly force?: true;
  readonly json?: true;
  readonly ifStale?: true;
}

async function main({ force, json, ifStale }: ConsoleOptions): Promise<void> {
  try {
    const build = await buildConsole({ force: force === true });
    if (json) return void process.stdout.write(`${JSON.stringify(build)}\n`);
    if (ifStale && !build.built) return;
    const kilobytes = (bytes: number): string => `${Math.round(bytes / 1_000)} kB`;
    process.stdout.write(
      build.built
        ? `Built the console in ${(build.milliseconds / 1_000).toFixed(1)} s: ${kilobytes(build.compressed)} compressed (${kilobytes(build.bytes)}).\n`
        : `The console is up to date: ${kilobytes(build.compressed)} compressed. --force builds it anyway.\n`,
    );
  } catch (error) {
    // An installation without development dependencies brings a page that was built before.
    if (ifStale && codeOf(error) === 'ERR_MODULE_NOT_FOUND' && existsSync(CONSOLE_DIRECTORY)) return;
    process.stderr.write('The console could not be built.\n');
    if (!ifStale) throw error;
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\nThe server starts without it.\n`,
    );
    process.exitCode = EXIT.ok;
  }
}

const program = new Command('npm run console --')
  .description(
    'Builds the page of the clinicians: npm start and npm run demo do it themselves when it is stale.',
  )
  .exitOverride()
  .option('--force', 'build it although nothing has changed')
  .option('--if-stale', 'say nothing when it is up to date, and do not fail: what npm start uses')
  .option('--json', 'one JSON object: built, milliseconds, bytes, compressed')
  .addHelpText('after', '\nExit codes: 0 it is there, 1 it could not be built, 2 wrong usage.')
  .action(main);

await runProgram(program);
