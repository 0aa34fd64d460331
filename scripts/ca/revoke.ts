import { Argument, type Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type KnownAuthority, listAuthorities } from '../../src/identity/authorities.ts';
import { revokeAuthority } from '../../src/identity/authority-revocation.ts';
import { authorityKeyOf, commonNameOf } from '../../src/pki/certificate.ts';
import { type AdminContext, type AdminOptions, answer, subcommand, withRegistry } from '../admin-command.ts';
import { type PassphraseOptions, passphraseFileOption, readPassphrase } from '../ca-passphrase.ts';
import { counted } from '../counted.ts';
import { canAsk, confirm } from '../terminal/ask.ts';
import { listLines } from './list-lines.ts';
import { publishLists } from './publish-lists.ts';

interface RevokeOptions extends AdminOptions, PassphraseOptions {
  readonly yes?: true;
}

/** Adds `revoke`. */
export function addRevoke(program: Command): void {
  subcommand(
    program,
    'revoke',
    'End an issuing authority and every device certificate it has issued, now. Needs no key, so that nobody has to wait for the root: it is listed as soon as the root key is there.',
    ['ca -- show   (tells the key ids)', 'ca -- revoke 0a1b2c3d4e5f6071'],
  )
    .addArgument(new Argument('<key-id>', 'of the authority: sixteen hex digits, or all of them'))
    .option('--yes', 'do not ask')
    .addOption(passphraseFileOption())
    .action((keyId: string, options: RevokeOptions) =>
      withRegistry(options, (context) => revoke(context, keyId, options)),
    );
}

async function revoke(context: AdminContext, keyId: string, options: RevokeOptions): Promise<void> {
  const { registry, audit, certs, clock } = context;
  const authority = findIssuing(await listAuthorities(certs), keyId);
  const { name, certificate } = authority;
  if (options.yes === undefined && canAsk()) {
    await confirm(`End "${commonNameOf(certificate)}" and every certificate it has issued, now?`);
  }
  const ended = await revokeAuthority({
    directory: certs,
    registry,
    authority: certificate,
    now: clock.now(),
  });
  const details = { authority: name, serial: certificate.serialNumber, certificates_ended: ended };
  await audit.record({ action: 'authority_revoked', subject: authority.keyId, details });
  const passphrase = readPassphrase(options);
  const lists = await publishLists(context, passphrase === undefined ? {} : { passphrase });
  answer(
    options,
    { authority: name, key_id: authority.keyId, was: authority.state, certificates_ended: ended, lists },
    [
      `${commonNameOf(certificate)} (${authority.keyId}) is revoked; ${counted(ended, 'device certificate')} ended with it. A running server obeys within a second.`,
      ...(authority.state === 'current' ? [`Next: npm run ca -- rotate ${name} --compromised`] : []),
      ...listLines(lists),
    ].join('\n'),
  );
}

/** @throws CodedError `unknown_authority`, `authority_not_revocable` */
function findIssuing(authorities: readonly KnownAuthority[], keyId: string): KnownAuthority {
  // The first sixteen digits, as in the names of files, or all of them.
  const wanted = keyId.toLowerCase();
  const found = authorities.find(
    ({ keyId: short, certificate }) => wanted === short || wanted === authorityKeyOf(certificate),
  );
  if (found === undefined) {
    const known = authorities.map((authority) => `${authority.keyId} (${authority.name})`).join(', ');
    throw new CodedError(
      'unknown_authority',
      `no authority has the key id ${JSON.stringify(keyId.slice(0, 40))}: there are ${known}`,
    );
  }
  if (found.name !== 'root') return found;
  throw new CodedError(
    'authority_not_revocable',
    'nothing can revoke a root: set up another installation, see SECURITY.md',
  );
}
