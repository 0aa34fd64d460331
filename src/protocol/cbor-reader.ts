import * as cborg from 'cborg';
import { typedArrayTags } from './typed-arrays.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
/** What cborg writes for bytes that are not UTF-8. */
const MENDED = '\ufffd';
/** Bytes before those of a text, by the lower five bits of the first one (RFC 8949 section 3). */
const LONG_HEADS: Readonly<Record<number, number>> = { 24: 2, 25: 3, 26: 5, 27: 9 };

const OPTIONS: cborg.DecodeOptions = {
  strict: false,
  allowIndefinite: true,
  allowBigInt: true,
  allowUndefined: false,
  rejectDuplicateMapKeys: true,
  tags: typedArrayTags(),
};

/**
 * Sees what cborg lets pass: a break that stands for a value of a map, which would be the value then (RFC 8949 section
 * 3.2.1), and text that is not UTF-8 (section 3.1).
 */
class StrictTokenizer extends cborg.Tokenizer {
  /** Containers without a length that were begun, less the breaks there were: 0 at the end when each ended one. */
  unended = 0;

  override next(): cborg.Token {
    const start = this.pos();
    const token = super.next();
    const { type, value } = token;
    if (type === cborg.Type.string) {
      if (value.includes(MENDED)) this.#checkUtf8(start, this.pos());
    } else if (type === cborg.Type.break) this.unended--;
    else if (value === Number.POSITIVE_INFINITY && (type === cborg.Type.map || type === cborg.Type.array))
      this.unended++;
    return token;
  }

  #checkUtf8(start: number, end: number): void {
    const head = LONG_HEADS[(this.data[start] ?? 0) & 31] ?? 1;
    utf8.decode(this.data.subarray(start + head, end));
  }
}

/**
 * The one CBOR item in `data`: maps are objects, typed arrays (RFC 8746) are doubles. Integers beyond a double are bigints.
 * @throws an error of whatever kind when it is not well-formed, not valid, or more than one
 */
export function readCbor(data: Uint8Array): unknown {
  // A plain view: slices of a Buffer are slow.
  const plain = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const tokenizer = new StrictTokenizer(plain, OPTIONS);
  const value: unknown = cborg.tokensToObject(tokenizer, OPTIONS);
  // How cborg says that there was nothing, or a break.
  if (typeof value === 'symbol') throw new TypeError('no item');
  if (!tokenizer.done()) throw new TypeError('bytes after the item');
  if (tokenizer.unended !== 0) throw new TypeError('a break that ends nothing');
  return value;
}
