import type { FuzzRandom } from '../fuzz-random.ts';
import type { FrameTree } from './frame-tree.ts';
import { CBOR_SPELLINGS } from './hostile-atoms.ts';

/** Major types of RFC 8949 section 3.1. */
const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;
const INDEFINITE = 31;
const BREAK = 0xff;
/** Tags of RFC 8746 for arrays of doubles and singles, little-endian. */
const FLOATS = { 85: Float32Array, 86: Float64Array } as const;

/** CBOR of a tree; with `random`, now and then longer than need be, without lengths, or with typed arrays. */
export function writeCbor(tree: FrameTree, random: FuzzRandom | null = null): Uint8Array {
  const out: number[] = [];
  write(out, tree, random);
  return Uint8Array.from(out);
}

function head(out: number[], major: number, length: number, random: FuzzRandom | null): void {
  const first = major << 5;
  // Not the shortest form, which a decoder has to take (RFC 8949 section 4.2 asks for it of encoders only).
  const wider = random?.oneIn(40) ? random.between(1, 4) : 0;
  if (length < 24 && wider === 0) out.push(first | length);
  else if (length < 2 ** 8 && wider <= 1) out.push(first | 24, length);
  else if (length < 2 ** 16 && wider <= 2) out.push(first | 25, length >> 8, length & 0xff);
  else if (length < 2 ** 32 && wider <= 3) out.push(first | 26, ...bytesOf(length, 4));
  else out.push(first | 27, ...bytesOf(length, 8));
}

function bytesOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 2 ** (8 * (count - 1 - i))) % 256);
}

function push(out: number[], bytes: Uint8Array): void {
  for (const byte of bytes) out.push(byte);
}

function text(out: number[], value: string, random: FuzzRandom | null): void {
  const bytes = Buffer.from(value, 'utf8');
  head(out, MAJOR.text, bytes.length, random);
  push(out, bytes);
}

function number(out: number[], value: number, random: FuzzRandom | null): void {
  const whole = Number.isSafeInteger(value) && !Object.is(value, -0) && !random?.oneIn(40);
  if (whole)
    return value >= 0
      ? head(out, MAJOR.unsigned, value, random)
      : head(out, MAJOR.negative, -1 - value, random);
  const double = Buffer.alloc(8);
  double.writeDoubleBE(value);
  out.push(0xfb);
  push(out, double);
}

function plain(out: number[], value: unknown, random: FuzzRandom | null): void {
  if (typeof value === 'number') number(out, value, random);
  else if (typeof value === 'string') text(out, value, random);
  else out.push(value === true ? 0xf5 : value === false ? 0xf4 : 0xf6);
}

/** The numbers of an array; null: not all of it are. */
function numbersIn(items: readonly FrameTree[]): number[] | null {
  const numbers = items.flatMap((item) =>
    item.kind === 'value' && typeof item.value === 'number' ? [item.value] : [],
  );
  return numbers.length === items.length ? numbers : null;
}

function container(
  out: number[],
  major: number,
  length: number,
  random: FuzzRandom | null,
  inside: () => void,
): void {
  const indefinite = random?.oneIn(20) === true;
  if (indefinite) out.push((major << 5) | INDEFINITE);
  // A length that is not that of what follows.
  else head(out, major, random?.oneIn(500) ? length + random.between(-1, 2) : length, random);
  inside();
  if (indefinite && !random?.oneIn(50)) out.push(BREAK);
}

function write(out: number[], tree: FrameTree, random: FuzzRandom | null): void {
  switch (tree.kind) {
    case 'value':
      return plain(out, tree.value, random);
    case 'spelled':
      return push(out, CBOR_SPELLINGS[tree.which % CBOR_SPELLINGS.length] ?? new Uint8Array());
    case 'nested': {
      for (let i = 0; i < tree.depth; i++) tree.objects ? out.push(0xa1, 0x61, 0x61) : out.push(0x81);
      out.push(0);
      return;
    }
    case 'array': {
      const numbers = random?.oneIn(4) ? numbersIn(tree.items) : null;
      if (numbers !== null && numbers.length > 0 && random) {
        const tag = random.pick([85, 86] as const);
        const bytes = new Uint8Array(FLOATS[tag].from(numbers).buffer);
        head(out, MAJOR.tag, tag, null);
        head(out, MAJOR.bytes, bytes.length, random);
        return push(out, bytes);
      }
      return container(out, MAJOR.array, tree.items.length, random, () => {
        for (const item of tree.items) write(out, item, random);
      });
    }
    case 'object':
      return container(out, MAJOR.map, tree.entries.length, random, () => {
        for (const { name, tree: one } of tree.entries) {
          text(out, name, random);
          write(out, one, random);
        }
      });
  }
}
