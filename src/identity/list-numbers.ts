import { CodedError, codeOf } from '../core/coded-error.ts';
import { readCredential, writeCredential } from './credential-file.ts';

/**
 * The highest number of each revocation list that was handed out, kept in a file: what was rolled back while the server
 * was down is seen at its next start.
 */
export class ListNumbers {
  readonly #path: string;
  #numbers: Map<string, bigint> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Of the list in this file; 0 where there was none. @throws CodedError `credential_invalid`, `credential_unreadable` */
  async highest(list: string): Promise<bigint> {
    return (await this.#read()).get(list) ?? 0n;
  }

  /** Durable when it resolves; a number that is no news is not written. */
  async raise(list: string, number: bigint): Promise<void> {
    if (number <= (await this.highest(list))) return;
    const next = new Map(await this.#read()).set(list, number);
    // In text: a list number has up to 20 octets (RFC 5280 5.2.3), which JSON's numbers cannot hold.
    const text = Object.fromEntries([...next].map(([name, value]) => [name, String(value)]));
    await writeCredential(this.#path, `${JSON.stringify(text, null, 2)}\n`, 'public');
    this.#numbers = next;
  }

  async #read(): Promise<Map<string, bigint>> {
    this.#numbers ??= parse(this.#path, await this.#text());
    return this.#numbers;
  }

  async #text(): Promise<string> {
    try {
      return await readCredential(this.#path, '');
    } catch (error) {
      if (codeOf(error) === 'credential_missing') return '{}';
      throw error;
    }
  }
}

function parse(path: string, text: string): Map<string, bigint> {
  try {
    const entries = Object.entries(JSON.parse(text) as Readonly<Record<string, unknown>>);
    return new Map(
      entries.map(([list, number]) => {
        if (typeof number !== 'string' || !/^\d{1,49}$/.test(number)) throw new TypeError('not a number');
        return [list, BigInt(number)];
      }),
    );
  } catch (cause) {
    throw new CodedError(
      'credential_invalid',
      `${path} does not hold the numbers of revocation lists: bring it back from a backup, or remove it`,
      { cause },
    );
  }
}
