import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { Setting } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { type Clock, systemClock } from '../src/core/clock.ts';
import { CodedError, codeOf } from '../src/core/coded-error.ts';
import { KeyFileGuard, keyFilesIn } from '../src/identity/key-files.ts';
import { refuseLostRegistry } from '../src/registry/lost-registry.ts';
import type { Registry } from '../src/registry/registry.ts';
import { openSqliteRegistry } from '../src/registry/registry-sqlite.ts';
import { type AdminAudit, openAdminAudit } from './audit/admin-audit.ts';
import { printable } from './terminal/printable.ts';

/** Exit codes of every script; 78 is EX_CONFIG of sysexits.h, 130 what shells give for a Ctrl-C. */
export const EXIT = { ok: 0, failed: 1, usage: 2, configuration: 78, interrupted: 130 } as const;

/** Errors whose cure lies in files or settings, not in the command. */
const CONFIGURATION_ERRORS: ReadonlySet<string> = new Set([
  ...['credential_missing', 'credential_unreadable', 'credential_invalid'],
  ...['passphrase_required', 'passphrase_wrong', 'passphrase_unreadable', 'passphrase_too_short'],
  ...['development_keys_mixed', 'root_missing', 'server_certificate_differs'],
  ...['database_unavailable', 'schema_too_new', 'invalid_config', 'invalid_server_name'],
  ...['data_directory_missing', 'data_directory_in_use', 'data_directory_unavailable'],
]);

/** Errors of a command line that only the action can find. */
const USAGE_ERRORS: ReadonlySet<string> = new Set(['options_invalid', 'scope_ambiguous']);

/** Where a command finds things and how it answers; every script has these options. */
export interface AdminOptions {
  readonly certs: string;
  readonly data: string;
  readonly json?: true;
}

/** What a command's action works with. */
export interface AdminContext {
  readonly registry: Registry;
  /** For what was done, once it is: `await audit.record(...)` before the answer. */
  readonly audit: Pick<AdminAudit, 'record'>;
  /** The certificates directory. */
  readonly certs: string;
  readonly clock: Clock;
}

/** The program of one script. Sub-commands made with `subcommand` inherit its behaviour on errors. */
export function adminProgram(name: string, description: string): Command {
  return new Command(`npm run ${name} --`)
    .description(description)
    .exitOverride()
    .showSuggestionAfterError(false)
    .helpCommand(false)
    .addHelpText('after', ({ command }) =>
      command.commands.length === 0
        ? ''
        : `\nOptions and examples of a command: npm run ${name} -- <command> --help`,
    );
}

/** Adds a sub-command with the options that all of them share, and examples at the end of its help. */
export function subcommand(
  program: Command,
  usage: string,
  description: string,
  examples: readonly string[],
): Command {
  return program
    .command(usage)
    .description(description)
    .addOption(settingOption('--certs <dir>', 'certificates directory', SETTINGS.certs))
    .addOption(settingOption('--data <dir>', 'data directory, holds registry.db and audit.db', SETTINGS.data))
    .option('--json', 'answer with one JSON value instead of text')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ npm run ${line}\n`).join('')}`);
}

/** An option that stands for a setting of the server: the same key, the same default, also where it is blank. */
export function settingOption(flags: string, description: string, setting: Setting<string>): Option {
  return new Option(flags, description)
    .env(setting.key)
    .default(setting.default)
    .argParser((text) => text.trim() || setting.default);
}

/**
 * Opens the registry and the audit trail for the length of `run`. A running server sees what it writes within a second.
 */
export async function withRegistry<T>(
  options: AdminOptions,
  run: (context: AdminContext) => Promise<T>,
): Promise<T> {
  const unseen: CodedError[] = [];
  refuseLostRegistry(options.data);
  await using registry = await openSqliteRegistry({
    path: join(options.data, 'registry.db'),
    onError: (error) => unseen.push(error),
  });
  const clock = systemClock();
  // Told and not refused, in whatever mode: a command may be what puts it right.
  const warn = ({ message }: CodedError): boolean => process.stderr.write(`warning: ${message}\n`);
  await new KeyFileGuard({ production: false, warn }).check(...(await keyFilesIn(options.certs)));
  // Before anything is done: what cannot be put on record is not to happen.
  await using audit = await openAdminAudit(options.data, clock);
  const result = await run({ registry, audit, certs: options.certs, clock });
  if (unseen[0] !== undefined) throw unseen[0];
  return result;
}

/** Prints `value` as JSON when that was asked for, else `text`. */
export function answer(options: Pick<AdminOptions, 'json'>, value: unknown, text: string): void {
  process.stdout.write(
    options.json ? `${JSON.stringify(value)}\n` : text.endsWith('\n') ? text : `${text}\n`,
  );
}

/** Makes a parser of the product a parser of command line values: what it refuses is a mistake in usage. */
export function argument<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof CodedError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** As `argument`, for an option that may be given more than once. */
export function argumentList<T>(
  parse: (text: string) => T,
): (text: string, before?: readonly T[]) => readonly T[] {
  const one = argument(parse);
  return (text, before = []) => [...before, one(text)];
}

/** A whole number of [least, most]. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
  };
}

/**
 * Runs a script's program and sets the exit code. `.env` in the working directory counts as the server's would;
 * what the environment has already goes before it.
 */
export async function runProgram(program: Command): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = reportFailure(error);
  }
}

function reportFailure(error: unknown): number {
  // Commander has printed its own line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const cure = error instanceof CodedError ? '' : ': check the path, its owner and the free space';
  const line = printable(`${message}${cure}`.replaceAll(/\s*\n\s*/g, ' '));
  process.stderr.write(`error: ${line} (${code})\n`);
  if (code === 'interrupted') return EXIT.interrupted;
  if (USAGE_ERRORS.has(code)) return EXIT.usage;
  return CONFIGURATION_ERRORS.has(code) ? EXIT.configuration : EXIT.failed;
}
