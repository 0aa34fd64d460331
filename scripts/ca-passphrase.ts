import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { CodedError, codeOf } from '../src/core/coded-error.ts';

/** Where the passphrase of the authorities' keys comes from: never from the command line, which others can read. */
export interface PassphraseOptions {
  readonly passphraseFile?: string;
}

export function passphraseFileOption(): Option {
  return new Option(
    '--passphrase-file <file>',
    "file with the passphrase of the authorities' keys (or set VITALWIRE_CA_PASSPHRASE)",
  );
}

/**
 * The passphrase, from the file that was named or from the environment; undefined when neither is given. A line end at
 * the end of the file does not belong to it.
 * @throws CodedError `passphrase_unreadable`
 */
export function readPassphrase({ passphraseFile }: PassphraseOptions): string | undefined {
  if (passphraseFile === undefined) return process.env.VITALWIRE_CA_PASSPHRASE || undefined;
  let text: string;
  try {
    text = readFileSync(passphraseFile, 'utf8');
  } catch (cause) {
    throw new CodedError(
      'passphrase_unreadable',
      `--passphrase-file ${passphraseFile} cannot be read (${codeOf(cause)}): name a file that holds the passphrase`,
      { cause },
    );
  }
  return text.replace(/\r?\n$/, '');
}
