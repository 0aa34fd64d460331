import type { FuzzRandom } from '../fuzz-random.ts';
import { BYTE_RUNS, BYTES } from './hostile-atoms.ts';

function spliced(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
}

/**
 * Does one harm to bytes that knows nothing of what they mean.
 * @param other what a part may be taken from
 */
export function damageBytes(bytes: Uint8Array, random: FuzzRandom, other: Uint8Array): Uint8Array {
  if (bytes.length === 0) return random.bytes(1 + random.below(8));
  const at = random.below(bytes.length);
  const span = Math.min(bytes.length - at, random.below(16) + 1);
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2: {
      const flipped = Uint8Array.from(bytes);
      for (let i = random.below(3); i >= 0; i--) {
        const bit = random.below(bytes.length * 8);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
      }
      return flipped;
    }
    case 3: {
      const set = Uint8Array.from(bytes);
      set[at] = random.pick(BYTES);
      return set;
    }
    case 4:
      return bytes.subarray(0, at);
    case 5:
      return spliced(bytes, at, span, new Uint8Array());
    case 6:
      return spliced(bytes, at, random.oneIn(2) ? span : 0, random.pick(BYTE_RUNS));
    case 7:
      return spliced(bytes, at, 0, bytes.subarray(at, at + span));
    case 8:
      return spliced(bytes, random.oneIn(2) ? 0 : bytes.length, 0, random.pick(BYTE_RUNS));
    default: {
      const from = random.below(Math.max(1, other.length));
      return spliced(bytes, at, span, other.subarray(from, from + random.below(64)));
    }
  }
}
