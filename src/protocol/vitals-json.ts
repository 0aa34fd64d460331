import type { Sample } from '../model/sample.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';
import type { VitalsFrame } from './device-frames.ts';
import { MAX_SAMPLES_PER_FRAME } from './limits.ts';

/** Of a frame: its samples' own text. A symbol, because no peer can send one. */
export const SAMPLES_TEXT: unique symbol = Symbol('samples text');

/** A frame of vitals that was read here: the text of its samples is a JSON array that means nothing but them. */
export interface PlainVitals extends VitalsFrame {
  readonly [SAMPLES_TEXT]: string;
}

const BEGIN = bytesOf('{"type":"vitals","seq":');
const SAMPLES = bytesOf(',"samples":[');
const END = bytesOf(']}');
const [QUOTE, COLON, COMMA, OPEN, CLOSE] = ['"', ':', ',', '{', '}'].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
];
const [MINUS, POINT, ZERO, NINE] = ['-', '.', '0', '9'].map((sign) => sign.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];
/** An integer of so many digits, and a power of ten up to that, are exact in a double, and so their quotient rounds once. */
const MAX_DIGITS = 15;
const POWERS_OF_TEN = Array.from({ length: MAX_DIGITS + 1 }, (_, digits) => 10 ** digits);
/** As many as a frame may have. */
const MAX_SAMPLES = MAX_SAMPLES_PER_FRAME;

/** The names that a moment may have, by length and first letter, which no two share. */
const NAMES = new Map<number, { readonly name: Vital | 't'; readonly bytes: Uint8Array }>();
for (const name of [...VITAL_NAMES, 't'] as const) {
  const bytes = bytesOf(name);
  const key = nameKey(bytes.length, bytes[0] ?? 0);
  if (NAMES.has(key)) throw new Error(`two vitals of ${bytes.length} letters begin as ${name} does`);
  NAMES.set(key, { name, bytes });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function nameKey(length: number, first: number): number {
  return length * 128 + first;
}

/**
 * Reads the frame that nearly all frames are: `vitals` as `JSON.stringify` writes it, of moments with times, vitals of
 * the catalogue and plain decimals. Takes a third of the time of a JSON parser and a schema check, and leaves the samples'
 * text to be journaled as it came. What it reads is what `JSON.parse` reads (a property test says so).
 * @returns null for any other frame, good or bad: to be read the usual way
 */
export class VitalsJsonReader {
  #data: Uint8Array = new Uint8Array();
  #at = 0;
  /** A number that could be read; `#readNumber` says whether it was. */
  #number = 0;

  read(data: Buffer): PlainVitals | null {
    this.#data = data;
    this.#at = 0;
    if (!this.#takes(BEGIN) || !this.#readNumber() || !Number.isInteger(this.#number) || this.#number < 1)
      return null;
    const seq = this.#number;
    if (!this.#takes(SAMPLES)) return null;
    const begin = this.#at - 1;
    const samples: Sample[] = [];
    do {
      const sample = this.#readSample();
      if (sample === null || samples.push(sample) > MAX_SAMPLES) return null;
    } while (this.#takesSign(COMMA));
    const end = this.#at + 1;
    if (!this.#takes(END) || this.#at !== data.length) return null;
    return { type: 'vitals', seq, samples, [SAMPLES_TEXT]: data.toString('latin1', begin, end) };
  }

  #readSample(): Sample | null {
    if (!this.#takesSign(OPEN)) return null;
    // Of one shape, whatever came first: what reads it is as fast as it can be.
    const sample: { t: number } & { [Name in Vital]?: number } = { t: Number.NaN };
    do {
      const name = this.#readName();
      if (name === null || !this.#readNumber()) return null;
      sample[name] = this.#number;
    } while (this.#takesSign(COMMA));
    return this.#takesSign(CLOSE) && !Number.isNaN(sample.t) ? sample : null;
  }

  /** A name of a moment, with its quotes and the colon. */
  #readName(): Vital | 't' | null {
    const data = this.#data;
    if (data[this.#at] !== QUOTE) return null;
    const begin = this.#at + 1;
    let end = begin;
    while (end < data.length && data[end] !== QUOTE) end++;
    const known = NAMES.get(nameKey(end - begin, data[begin] ?? 0));
    if (known === undefined || data[end + 1] !== COLON) return null;
    for (let i = 1; i < known.bytes.length; i++) if (data[begin + i] !== known.bytes[i]) return null;
    this.#at = end + 2;
    return known.name;
  }

  /** RFC 8259 section 6, without an exponent. */
  #readNumber(): boolean {
    const data = this.#data;
    const negative = data[this.#at] === MINUS;
    const begin = negative ? this.#at + 1 : this.#at;
    let at = begin;
    let value = 0;
    for (let byte = data[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = data[++at])
      value = value * 10 + (byte - ZERO);
    const whole = at - begin;
    if (whole === 0 || (whole > 1 && data[begin] === ZERO)) return false;
    let digits = whole;
    if (data[at] === POINT) {
      at += 1;
      for (let byte = data[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = data[++at])
        value = value * 10 + (byte - ZERO);
      digits = at - begin - 1;
      if (digits === whole) return false;
    }
    if (digits > MAX_DIGITS) return false;
    const read = digits === whole ? value : value / (POWERS_OF_TEN[digits - whole] ?? 1);
    this.#number = negative ? -read : read;
    this.#at = at;
    return true;
  }

  #takesSign(sign: number): boolean {
    if (this.#data[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #takes(text: Uint8Array): boolean {
    for (let i = 0; i < text.length; i++) if (this.#data[this.#at + i] !== text[i]) return false;
    this.#at += text.length;
    return true;
  }
}
