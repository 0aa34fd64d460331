import { CodedError } from '../../src/core/coded-error.ts';
import type { AdminContext } from '../admin-command.ts';
import { type PublishedList, publishLists } from '../ca/publish-lists.ts';
import { type PassphraseOptions, readPassphrase } from '../ca-passphrase.ts';

/** What a command says after it changed whom the doors admit. */
export interface Aftermath {
  readonly lists: readonly PublishedList[];
  readonly lines: readonly string[];
}

const SEEN = 'A running server sees it within a second, also on open connections.';
const BY_HAND = 'For those who go by revocation lists: npm run ca -- crl';

/**
 * Brings the published revocation lists of device authorities up to date, where their keys open without asking. What
 * the command did is done whether that works or not: the registry is what the doors go by.
 */
export async function afterStatus(context: AdminContext, options: PassphraseOptions): Promise<Aftermath> {
  try {
    const passphrase = readPassphrase(options);
    const published = await publishLists(context, passphrase === undefined ? {} : { passphrase });
    const lists = published.filter(({ authority }) => authority === 'device');
    const missing = lists.filter(({ outcome }) => outcome === 'not_published');
    if (missing.length === 0) return { lists, lines: [SEEN, 'The revocation list says it too.'] };
    const why = missing.map(
      (list) => `The list of device authority ${list.key_id} is as before: ${list.why}.`,
    );
    return { lists, lines: [SEEN, ...why, BY_HAND] };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { lists: [], lines: [SEEN, `The revocation lists are as before: ${error.message}.`, BY_HAND] };
  }
}
