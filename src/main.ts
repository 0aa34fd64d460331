import { parseArgs } from 'node:util';
import { type App, startApp } from './app.ts';
import { processEnd } from './app-end.ts';
import { type Config, configHelp, loadConfig } from './config/config.ts';
import { consoleUrlOf } from './config/console-settings.ts';
import { readEnvironment } from './config/environment.ts';
import { ConfigError } from './config/setting.ts';
import { systemClock } from './core/clock.ts';
import { CodedError, codeOf } from './core/coded-error.ts';
import { greeting } from './observe/greeting.ts';
import { createLog } from './observe/log.ts';

/** sysexits.h EX_CONFIG: something is wrong in the configuration. */
const EXIT_CONFIG = 78;
/** What shells say of a wrong argument. */
const EXIT_USAGE = 2;
function configuration(): ReturnType<typeof loadConfig> {
  return loadConfig(readEnvironment(process.cwd(), process.env));
}

/** Runs until a signal or a failure. Resolves with the exit code. @throws what stopping throws */
async function run(app: App, config: Config): Promise<number> {
  // Before the greeting: whoever reads it may send a signal at once.
  const signalled = new Promise<'signal'>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve('signal'));
  });
  console.log(
    greeting({
      ...app,
      host: config.host,
      consoleUrl: consoleUrlOf(config.console.url, app.clinicianPort),
      mode: config.mode,
      certs: config.certs,
      data: config.data,
      store: app.store.name,
    }),
  );
  const end = processEnd({ signalled, failed: app.failed, clock: systemClock() });
  await end.due;
  await app[Symbol.asyncDispose]();
  return end.exitCode();
}

/**
 * Ends at once what did not end in time. An orderly exit waits for every thread, also for one that waits for a disk, so the
 * system is asked; the exit code is that of SIGKILL. What was acked is on disk.
 */
function endOverdue(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** @throws CodedError `usage` */
function helpAsked(): boolean {
  try {
    return parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values.help ?? false;
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError(
      'usage',
      `${problem}: settings come from the environment, see \`npm start -- --help\``,
      {
        cause,
      },
    );
  }
}

async function main(): Promise<number> {
  if (helpAsked()) {
    console.log(configHelp());
    return 0;
  }
  const { config, secrets } = configuration();
  // The log goes to stderr, so that what a person reads on stdout stays readable.
  const log = createLog(config.logLevel, process.stderr);
  return run(await startApp({ config, secrets, clock: systemClock(), log }), config);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof ConfigError) process.exitCode = EXIT_CONFIG;
    else process.exitCode = codeOf(error) === 'usage' ? EXIT_USAGE : 1;
    if (codeOf(error) === 'stop_overdue') endOverdue();
    if (error instanceof CodedError) console.error(`vitalwire: ${error.message} (${error.code})`);
    else console.error(error);
  },
);
