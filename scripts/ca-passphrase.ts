import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { SETTINGS } from '../src/config/settings.ts';
import { CodedError, codeOf } from '../src/core/coded-error.ts';
import { askSecret, canAsk } from './terminal/ask.ts';

/** Where the passphrase of the authorities' keys comes from: never from the command line, which others can read. */
export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

/** So often a passphrase may be mistyped. */
const ATTEMPTS = 3;

export function passphraseFileOption(): Option {
  return new Option(
    '--passphrase-file <file>',
    `file with the passphrase of the authorities' keys (or set ${SETTINGS.caPassphrase.key} or ${SETTINGS.caPassphraseFile.key})`,
  );
}

/**
 * The passphrase, from the file that was named or from the environment; undefined when neither is given. A line end at
 * the end of the file does not belong to it.
 * @throws CodedError `passphrase_unreadable`
 */
export function readPassphrase({ passphraseFile }: PassphraseOptions): string | undefined {
  if (passphraseFile !== undefined) return readSecretFile('--passphrase-file', passphraseFile);
  const { caPassphrase, caPassphraseFile } = SETTINGS;
  // The file goes before the passphrase, as it does for the server.
  const file = process.env[caPassphraseFile.key]?.trim();
  if (file) return readSecretFile(caPassphraseFile.key, file);
  return process.env[caPassphrase.key] || undefined;
}

/**
 * The secret that a file holds; a line end at its end does not belong to it.
 * @param from the option or setting that names the file
 * @throws CodedError `passphrase_unreadable`
 */
export function readSecretFile(from: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new CodedError(
      'passphrase_unreadable',
      `${from} ${file} cannot be read (${codeOf(cause)}): name a file that holds the secret alone`,
      { cause },
    );
  }
}

/**
 * Does something that may need the authorities' passphrase: with the one that was given, and where none was and a key
 * turns out to need it, with one that is asked for on the terminal. `act` must change nothing before it opens a key.
 * @throws CodedError `passphrase_unreadable`, `interrupted`, and what `act` throws
 */
export async function withPassphrase<T>(
  options: PassphraseOptions,
  act: (passphrase: { readonly passphrase?: string }) => Promise<T>,
): Promise<T> {
  const given = readPassphrase(options);
  try {
    return await act(given === undefined ? {} : { passphrase: given });
  } catch (error) {
    if (codeOf(error) !== 'passphrase_required' || !canAsk()) throw error;
  }
  for (let attempt = 1; ; attempt += 1) {
    const passphrase = await askSecret("Passphrase of the authorities' keys: ");
    try {
      return await act({ passphrase });
    } catch (error) {
      if (codeOf(error) !== 'passphrase_wrong' || attempt === ATTEMPTS) throw error;
      process.stderr.write('That does not open the key.\n');
    }
  }
}
