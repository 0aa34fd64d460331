import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { keyIdOf } from '../../src/identity/authorities.ts';
import {
  authorityPaths,
  loadCertificate,
  loadTokenKeySet,
  serverPaths,
  tokenKeyPath,
} from '../../src/identity/certificate-directory.ts';
import { setUpCertificates } from '../../src/identity/certificate-setup.ts';
import type { KeyAlgorithm } from '../../src/pki/key-pair.ts';
import { type AdminContext, type AdminOptions, answer, subcommand, withRegistry } from '../admin-command.ts';
import { type PassphraseOptions, passphraseFileOption } from '../ca-passphrase.ts';
import { type CrlUrlOptions, crlUrlOf, crlUrlOption } from '../crl-url.ts';
import { keyOption } from '../key-option.ts';
import { namesFromEnvironment, serverNameOption } from '../server-names.ts';
import { passphraseForNewKeys } from './new-passphrase.ts';
import { type PublishedList, publishLists } from './publish-lists.ts';

interface InitOptions extends AdminOptions, PassphraseOptions, CrlUrlOptions {
  readonly development?: true;
  readonly key: KeyAlgorithm;
  readonly serverName?: readonly string[];
}

/** Adds `init`. */
export function addInit(program: Command): void {
  subcommand(
    program,
    'init',
    'Make what is missing of: root CA, device CA, server CA, server certificate, token key; and publish their revocation lists. Nothing that exists is replaced.',
    [
      'ca -- init --server-name vitals.example.org   (asks for a passphrase)',
      'ca -- init --passphrase-file /run/secrets/ca --server-name vitals.example.org --crl-url https://vitals.example.org:8444/crl',
      'ca -- init --development --server-name localhost --server-name 192.168.1.20',
    ],
  )
    .addOption(passphraseFileOption().conflicts('development'))
    .option('--development', 'unencrypted keys, DEVELOPMENT in every subject, refused by a production server')
    .addOption(serverNameOption('--server-name <name>'))
    .addOption(keyOption())
    .addOption(crlUrlOption())
    .action(async (options: InitOptions, command: Command) => {
      const development = options.development === true;
      const passphrase = development ? undefined : await passphraseForNewKeys(options, options.certs);
      if (!development && passphrase === undefined) {
        command.error(
          'error: give the passphrase with --passphrase-file or VITALWIRE_CA_PASSPHRASE, or say --development',
        );
      }
      const setup = {
        directory: options.certs,
        serverNames: options.serverName ?? namesFromEnvironment(),
        development,
        crlUrl: crlUrlOf(options),
        keyAlgorithm: options.key,
        ...(passphrase === undefined ? {} : { passphrase }),
      };
      await withRegistry(options, async (context) => {
        const { created } = await setUpCertificates({ ...setup, now: context.clock.now() });
        await record(context, created);
        const lists = await publishLists(context, passphrase === undefined ? {} : { passphrase });
        const made = [...created, ...filesOf(lists)];
        answer(
          options,
          { directory: options.certs, development, created: made },
          describe(options.certs, development, made),
        );
      });
    });
}

function filesOf(lists: readonly PublishedList[]): readonly string[] {
  return lists
    .filter(({ outcome }) => outcome === 'published')
    .map(({ file }) => join('crl', basename(file)));
}

async function record({ audit, certs }: AdminContext, created: readonly string[]): Promise<void> {
  for (const name of ['root', 'device', 'server'] as const) {
    const path = authorityPaths(certs, name).certificate;
    if (!created.includes(basename(path))) continue;
    const certificate = await loadCertificate(path, certs);
    const details = { authority: name, serial: certificate.serialNumber };
    await audit.record({ action: 'authority_made', subject: keyIdOf(certificate), details });
  }
  const server = serverPaths(certs).certificate;
  if (created.includes(basename(server))) {
    const { serialNumber, validToDate, subjectAltName } = await loadCertificate(server, certs);
    const details = {
      serial: serialNumber,
      until: validToDate.toISOString(),
      names: (subjectAltName ?? '').slice(0, 256),
    };
    await audit.record({ action: 'server_certificate_issued', subject: 'server', details });
  }
  if (created.includes(basename(tokenKeyPath(certs)))) {
    const kid = (await loadTokenKeySet(certs)).at(-1)?.kid;
    if (kid !== undefined) await audit.record({ action: 'token_key_rotated', subject: kid });
  }
}

function describe(directory: string, development: boolean, created: readonly string[]): string {
  if (created.length === 0) return `Nothing to do: ${directory} is complete.`;
  const lines = [`Made in ${directory}:`, ...created.map((file) => `  ${file}`)];
  if (!development && created.includes('root-ca.key')) {
    lines.push(
      `Move ${join(directory, 'root-ca.key')} to where no network reaches: only a new authority and the root's revocation list need it.`,
    );
  }
  lines.push('Next: npm run device -- issue <id>');
  return lines.join('\n');
}
