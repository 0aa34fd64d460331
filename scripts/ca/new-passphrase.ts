import { existsSync } from 'node:fs';
import { CodedError } from '../../src/core/coded-error.ts';
import { authorityPaths } from '../../src/identity/certificate-directory.ts';
import { type PassphraseOptions, readPassphrase } from '../ca-passphrase.ts';
import { askSecret, canAsk } from '../terminal/ask.ts';

const MIN_LENGTH = 8;

/**
 * The passphrase for keys that are to be made: as it was given, or asked for, twice where it is a new one; undefined
 * when neither can be.
 * @throws CodedError `passphrase_unreadable`, `passphrase_too_short`, `passphrase_differs`, `interrupted`
 */
export async function passphraseForNewKeys(
  options: PassphraseOptions,
  certs: string,
): Promise<string | undefined> {
  const passphrase = readPassphrase(options) ?? (canAsk() ? await asked(certs) : undefined);
  if (passphrase !== undefined && passphrase.length < MIN_LENGTH) {
    throw new CodedError(
      'passphrase_too_short',
      `the passphrase has fewer than ${MIN_LENGTH} characters: use a longer one`,
    );
  }
  return passphrase;
}

async function asked(certs: string): Promise<string> {
  if (existsSync(authorityPaths(certs, 'root').certificate)) {
    return await askSecret("Passphrase of the authorities' keys: ");
  }
  const passphrase = await askSecret("New passphrase for the authorities' keys: ");
  if (passphrase === (await askSecret('The same again: '))) return passphrase;
  throw new CodedError(
    'passphrase_differs',
    'the two passphrases are not the same: nothing was made, try again',
  );
}
