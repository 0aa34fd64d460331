import { uniform } from '../simulate/smooth-noise.ts';

/** A stream of choices that depends on its seed alone, so that a run can be repeated. Not for keys. */
export class Seeded {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Another stream, for `name`: what one part draws does not shift what another does. */
  fork(name: string): Seeded {
    let seed = this.#seed;
    for (const letter of name) seed = Math.floor(uniform(seed, letter.codePointAt(0) ?? 0) * 2 ** 32);
    return new Seeded(seed);
  }

  /** A whole number of [0, bound). */
  below(bound: number): number {
    this.#drawn += 1;
    return Math.floor(uniform(this.#seed, this.#drawn) * bound);
  }

  /** One of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    // Within the list, where undefined is an item too.
    return items[this.below(items.length)] as Item;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  /** A copy of `bytes` with one bit of [from, to) the other way, and which one that was. */
  flip(bytes: Buffer, from = 0, to = bytes.length): { readonly flipped: Buffer; readonly bit: number } {
    const bit = from * 8 + this.below((to - from) * 8);
    const flipped = Buffer.from(bytes);
    const at = bit >> 3;
    flipped[at] = (flipped[at] ?? 0) ^ (0x80 >> (bit & 7));
    return { flipped, bit };
  }
}
