import { type Command, Option } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { listAuthorities } from '../../src/identity/authorities.ts';
import { REVOCATION_LIST_DAYS } from '../../src/identity/revocation-lists.ts';
import {
  type AdminContext,
  type AdminOptions,
  answer,
  EXIT,
  subcommand,
  wholeNumber,
  withRegistry,
} from '../admin-command.ts';
import { type PassphraseOptions, passphraseFileOption, readPassphrase } from '../ca-passphrase.ts';
import { askSecret, canAsk } from '../terminal/ask.ts';
import { keyAtRest } from './key-at-rest.ts';
import { listLines } from './list-lines.ts';
import { type PublishedList, publishLists } from './publish-lists.ts';

interface CrlOptions extends AdminOptions, PassphraseOptions {
  readonly days?: number;
}

const QUESTION = "Passphrase of the authorities' keys: ";

/** Adds `crl`. */
export function addCrl(program: Command): void {
  subcommand(
    program,
    'crl',
    'Publish a new revocation list for every authority whose key opens; tell which could not be, and why.',
    [
      'ca -- crl',
      'ca -- crl --days 30 --passphrase-file /run/secrets/ca',
      'ca -- crl --certs /media/offline/certs   (where the root key is)',
    ],
  )
    .addOption(
      new Option(
        '--days <n>',
        `how long they hold (default: ${REVOCATION_LIST_DAYS}, the list of the root longer)`,
      ).argParser(wholeNumber(1, 365)),
    )
    .addOption(passphraseFileOption())
    .action((options: CrlOptions) =>
      withRegistry(options, async (context) => {
        const lists = await publish(context, options);
        if (lists.every(({ outcome }) => outcome === 'not_published')) {
          // Each of them: the root's key is away as a rule, which does not say why the others did not open.
          const reasons = lists
            .map(({ authority, key_id, why }) => `${authority} ${key_id}: ${why}`)
            .join('; ');
          throw new CodedError(
            'no_list_published',
            `no revocation list could be published: ${reasons || 'there is no authority'}`,
          );
        }
        answer(options, { lists }, listLines(lists).join('\n'));
        if (await anyLocked(context.certs, lists)) process.exitCode = EXIT.failed;
      }),
    );
}

/** With the passphrase that was given; where none was and a key needs one, with the one that is asked for. */
async function publish(context: AdminContext, options: CrlOptions): Promise<readonly PublishedList[]> {
  const given = readPassphrase(options);
  const { days } = options;
  const request = { force: true, ...(days === undefined ? {} : { days }) };
  const passphrase =
    given ?? (canAsk() && (await needsPassphrase(context.certs)) ? await askSecret(QUESTION) : undefined);
  return publishLists(context, { ...request, ...(passphrase === undefined ? {} : { passphrase }) });
}

/** Whether a list is missing though its key is here: whoever runs this by a timer must hear of it. */
async function anyLocked(certs: string, lists: readonly PublishedList[]): Promise<boolean> {
  const missing = new Set(
    lists.filter(({ outcome }) => outcome === 'not_published').map(({ key_id }) => key_id),
  );
  const authorities = (await listAuthorities(certs)).filter(({ keyId }) => missing.has(keyId));
  const keys = await Promise.all(authorities.map(keyAtRest));
  return keys.some((key) => key !== 'absent');
}

async function needsPassphrase(certs: string): Promise<boolean> {
  const keys = await Promise.all((await listAuthorities(certs)).map(keyAtRest));
  return keys.includes('encrypted');
}
