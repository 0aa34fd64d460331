import { promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { CodedError, codeOf } from '../core/coded-error.ts';
import {
  REVOCATION_LIST_MAX_OCTETS,
  type RevocationList,
  verifyRevocationList,
} from '../pki/revocation-list.ts';
import { listAuthorities } from './authorities.ts';
import { filesIn } from './credential-file.ts';
import { type CredentialSource, CredentialWatch, digestOf } from './credential-watch.ts';
import { ListNumbers } from './list-numbers.ts';

const LIST_FILE = /^[0-9a-f]{16}\.crl$/;
/** One for each authority there has been: nobody has a hundred. */
const MAX_LISTS = 100;

/** A revocation list that is handed out. */
export interface PublishedList {
  readonly der: Buffer;
  readonly list: RevocationList;
  readonly digest: string;
}

/**
 * The revocation lists of `crl/` as they are handed out: each one that an authority of this installation has signed, and
 * never one older than what was handed out before, by this process or a former one.
 */
export class PublishedLists {
  readonly #directory: string;
  readonly #numbers: ListNumbers;
  readonly #lists = new Map<string, PublishedList>();
  readonly #watches = new Map<string, CredentialWatch<PublishedList>>();

  /**
   * @param directory the certificates directory
   * @param numbers the file that keeps the highest number of each list from one start to the next
   */
  constructor(directory: string, numbers: string) {
    this.#directory = directory;
    this.#numbers = new ListNumbers(numbers);
  }

  /** The list in this file, by its name without a directory. */
  find(file: string): PublishedList | undefined {
    return this.#lists.get(file);
  }

  /** A watch for each list there is or was; a file that has come since is among them. */
  async watches(): Promise<readonly CredentialWatch<PublishedList>[]> {
    for (const path of await filesIn(join(this.#directory, 'crl'), LIST_FILE)) {
      const file = basename(path);
      if (this.#watches.has(file) || this.#watches.size >= MAX_LISTS) continue;
      this.#watches.set(file, new CredentialWatch(this.#source(path), null));
    }
    return [...this.#watches.values()];
  }

  #source(path: string): CredentialSource<PublishedList> {
    const file = basename(path);
    const name = `crl_${file.replace('.crl', '')}`;
    return {
      name,
      files: async () => [path],
      load: async (now, held) => {
        const published = await this.#read(path);
        const { number } = published.list;
        refuseLower(path, number, await this.#numbers.highest(file));
        refuseStale(path, published, held, now);
        await this.#numbers.raise(file, number);
        return published;
      },
      digestOf: ({ digest }) => digest,
      expiriesOf: ({ list }) => [{ name, at: list.nextUpdate }],
      apply: (published) => void this.#lists.set(file, published),
    };
  }

  async #read(path: string): Promise<PublishedList> {
    const keyId = basename(path).replace('.crl', '');
    const authorities = await listAuthorities(this.#directory);
    const authority = authorities.find((one) => one.keyId === keyId)?.certificate;
    if (authority === undefined) {
      throw new CodedError(
        'revocation_list_not_of_issuer',
        `${path}: no authority of this installation has the key ${keyId}: remove the file`,
      );
    }
    const der = await readBounded(path);
    return { der, list: verifyRevocationList(der, authority), digest: digestOf(der) };
  }
}

/** @throws CodedError `revocation_list_rolled_back` for a number below one that was handed out (RFC 5280 5.2.3) */
function refuseLower(path: string, number: bigint, highest: bigint): void {
  if (number >= highest) return;
  throw new CodedError(
    'revocation_list_rolled_back',
    `${path} has number ${number}, and ${highest} was published already: put the newest back, or make another with \`npm run ca -- crl\``,
  );
}

/** @throws CodedError `revocation_list_stale` for one that has ended while the one in use has not */
function refuseStale(path: string, { list }: PublishedList, held: PublishedList | null, now: number): void {
  if (held === null || list.nextUpdate > now || held.list.nextUpdate <= now) return;
  throw new CodedError(
    'revocation_list_stale',
    `${path} ended ${new Date(list.nextUpdate).toISOString()}: make another with \`npm run ca -- crl\``,
  );
}

async function readBounded(path: string): Promise<Buffer> {
  try {
    const stat = await fs.stat(path);
    if (!stat.isFile()) throw new CodedError('revocation_list_malformed', `${path} is not a file: remove it`);
    if (stat.size > REVOCATION_LIST_MAX_OCTETS)
      throw new CodedError('revocation_list_malformed', `${path} is larger than any list: make it anew`);
    return await fs.readFile(path);
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(
      codeOf(cause) === 'ENOENT' ? 'credential_missing' : 'credential_unreadable',
      `${path} cannot be read (${codeOf(cause)}): make it with \`npm run ca -- crl\``,
      { cause },
    );
  }
}
