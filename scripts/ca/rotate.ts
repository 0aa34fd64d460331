import { Argument, type Command } from 'commander';
import { keyIdOf } from '../../src/identity/authorities.ts';
import { type Rotation, rotateAuthority } from '../../src/identity/authority-rotation.ts';
import { commonNameOf } from '../../src/pki/certificate.ts';
import type { KeyAlgorithm } from '../../src/pki/key-pair.ts';
import { type AdminContext, type AdminOptions, answer, subcommand, withRegistry } from '../admin-command.ts';
import { type PassphraseOptions, passphraseFileOption, withPassphrase } from '../ca-passphrase.ts';
import { counted } from '../counted.ts';
import { type CrlUrlOptions, crlUrlOf, crlUrlOption } from '../crl-url.ts';
import { keyOption } from '../key-option.ts';
import { canAsk, confirm } from '../terminal/ask.ts';
import { listLines } from './list-lines.ts';
import { publishLists } from './publish-lists.ts';

interface RotateOptions extends AdminOptions, PassphraseOptions, CrlUrlOptions {
  readonly key: KeyAlgorithm;
  readonly compromised?: true;
  readonly yes?: true;
}

type Name = 'device' | 'server';

/** Adds `rotate`. */
export function addRotate(program: Command): void {
  subcommand(
    program,
    'rotate',
    'Put a new issuing authority in the place of the present one. What that one issued goes on until it ends, unless it is compromised. Needs the root key.',
    [
      'ca -- rotate device --passphrase-file /run/secrets/ca',
      'ca -- rotate server',
      'ca -- rotate device --compromised   (every certificate of the former authority ends now)',
    ],
  )
    .addArgument(new Argument('<authority>', 'which one').choices(['device', 'server']))
    .option('--compromised', 'the former key is in wrong hands: the authority and all it issued end now')
    .option('--yes', 'do not ask')
    .addOption(keyOption())
    .addOption(crlUrlOption())
    .addOption(passphraseFileOption())
    .action((name: Name, options: RotateOptions) =>
      withRegistry(options, (context) => rotate(context, name, options)),
    );
}

async function rotate(context: AdminContext, name: Name, options: RotateOptions): Promise<void> {
  const { registry, audit, certs, clock } = context;
  const compromised = options.compromised === true;
  if (compromised && options.yes === undefined && canAsk()) {
    await confirm(`End the ${name} authority and every certificate it has issued, now?`);
  }
  const crlUrl = crlUrlOf(options);
  const { rotation, passphrase } = await withPassphrase(options, async (given) => ({
    passphrase: given,
    rotation: await rotateAuthority({
      ...{ directory: certs, registry, name, crlUrl, compromised },
      ...given,
      keyAlgorithm: options.key,
      now: clock.now(),
    }),
  }));
  const { former, current, ended } = rotation;
  const details = { authority: name, former: keyIdOf(former), certificates_ended: ended };
  await audit.record({ action: 'authority_rotated', subject: keyIdOf(current), details });
  if (compromised) {
    const reason = { authority: name, serial: former.serialNumber, reason: 'cACompromise' };
    await audit.record({ action: 'authority_revoked', subject: keyIdOf(former), details: reason });
  }
  const lists = await publishLists(context, passphrase);
  answer(
    options,
    {
      authority: name,
      current: { key_id: keyIdOf(current), subject: commonNameOf(current) },
      former: { key_id: keyIdOf(former), state: compromised ? 'revoked' : 'retired' },
      certificates_ended: ended,
      lists,
    },
    [...story(name, rotation, compromised), ...listLines(lists)].join('\n'),
  );
}

function story(name: Name, { former, current, ended }: Rotation, compromised: boolean): readonly string[] {
  const lines = [
    `The ${name} authority is now ${commonNameOf(current)} (${keyIdOf(current)}). A running server takes it within seconds.`,
    compromised
      ? `The former one (${keyIdOf(former)}) is revoked; ${counted(ended, 'device certificate')} ended with it.`
      : `The former one (${keyIdOf(former)}) is retired: what it issued goes on until it ends.`,
  ];
  if (name === 'server') lines.push('Next, so that the server uses it: npm run server-cert -- renew');
  else if (compromised)
    lines.push('Next, for every device: npm run device -- replace <id> --reason cACompromise');
  return lines;
}
