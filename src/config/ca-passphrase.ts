import { promises as fs } from 'node:fs';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { Config, Secrets } from './config.ts';
import { SETTINGS } from './settings.ts';

/**
 * What opens the authorities' keys, from the file that is named or from the environment; null where neither is. A line
 * end at the end of the file does not belong to it.
 * @throws CodedError `passphrase_unreadable`
 */
export async function caPassphrase(
  { caPassphraseFile: path }: Pick<Config, 'caPassphraseFile'>,
  { caPassphrase: given }: Pick<Secrets, 'caPassphrase'>,
): Promise<string | null> {
  if (path === null) return given;
  try {
    return (await fs.readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new CodedError(
      'passphrase_unreadable',
      `${SETTINGS.caPassphraseFile.key}=${path} cannot be read (${codeOf(cause)}): name a file that holds the passphrase`,
      { cause },
    );
  }
}
