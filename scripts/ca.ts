import { join } from 'node:path';
import type { Command } from 'commander';
import { read } from '../src/config/setting.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { systemClock } from '../src/core/clock.ts';
import { CodedError } from '../src/core/coded-error.ts';
import { setUpCertificates } from '../src/identity/certificate-setup.ts';
import { LOCAL_SERVER_NAMES } from '../src/identity/server-credentials.ts';
import { serverGeneralName } from '../src/pki/extension.ts';
import {
  type AdminOptions,
  adminProgram,
  answer,
  argumentList,
  runProgram,
  subcommand,
} from './admin-command.ts';
import { type PassphraseOptions, passphraseFileOption, readPassphrase } from './ca-passphrase.ts';

interface InitOptions extends AdminOptions, PassphraseOptions {
  readonly development?: true;
  readonly serverName?: readonly string[];
}

const PASSPHRASE_MIN_LENGTH = 8;

const program = adminProgram('ca', 'Make the authorities, the server certificate and the token key.');

subcommand(
  program,
  'init',
  'Make what is missing of: root CA, device CA, server CA, server certificate, token key. Nothing that exists is replaced.',
  [
    'ca -- init --passphrase-file /run/secrets/ca --server-name vitals.example.org',
    'ca -- init --development',
    'ca -- init --development --server-name localhost --server-name 192.168.1.20',
  ],
)
  .addOption(passphraseFileOption().conflicts('development'))
  .option('--development', 'unencrypted keys, DEVELOPMENT in every subject, refused by a production server')
  .option(
    '--server-name <name>',
    `name or address the server goes by, may be repeated (default: ${SETTINGS.serverNames.key}, else ${LOCAL_SERVER_NAMES.join(', ')})`,
    argumentList((text) => {
      serverGeneralName(text);
      return text;
    }),
  )
  .action(async (options: InitOptions, command: Command) => {
    const development = options.development === true;
    const passphrase = development ? undefined : readPassphrase(options);
    if (!development && passphrase === undefined) {
      command.error(
        'error: give the passphrase with --passphrase-file or VITALWIRE_CA_PASSPHRASE, or say --development',
      );
    }
    if (passphrase !== undefined && passphrase.length < PASSPHRASE_MIN_LENGTH) {
      throw new CodedError(
        'passphrase_too_short',
        `the passphrase has fewer than ${PASSPHRASE_MIN_LENGTH} characters: use a longer one`,
      );
    }
    const { created } = await setUpCertificates({
      directory: options.certs,
      serverNames: options.serverName ?? namesFromEnvironment(),
      development,
      crlUrl: read(process.env, SETTINGS.crlUrl),
      now: systemClock().now(),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    answer(
      options,
      { directory: options.certs, development, created },
      describe(options.certs, development, created),
    );
  });

function namesFromEnvironment(): readonly string[] | null {
  const { serverNames } = SETTINGS;
  return process.env[serverNames.key] ? read(process.env, serverNames) : null;
}

function describe(directory: string, development: boolean, created: readonly string[]): string {
  if (created.length === 0) return `Nothing to do: ${directory} is complete.`;
  const lines = [`Made in ${directory}:`, ...created.map((file) => `  ${file}`)];
  if (!development && created.includes('root-ca.key')) {
    lines.push(
      `Move ${join(directory, 'root-ca.key')} to where no network reaches: only a new authority needs it.`,
    );
  }
  lines.push('Next: npm run device -- issue <id>');
  return lines.join('\n');
}

await runProgram(program);
