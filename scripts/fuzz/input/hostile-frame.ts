import type { FuzzRandom } from '../fuzz-random.ts';
import { damageBytes } from './damage-bytes.ts';
import { damageTree } from './damage-tree.ts';
import { type FrameTree, treeOf } from './frame-tree.ts';
import type { FrameSchemas } from './schema.ts';
import { type Setting, validFrame } from './valid-value.ts';
import { writeCbor } from './write-cbor.ts';
import { writeJson } from './write-json.ts';

export type Encoding = 'json' | 'cbor';

/** What frames are made from. */
export interface FrameSource {
  readonly schemas: FrameSchemas;
  readonly encoding: Encoding;
  /** Recorded frames, good and bad, to be damaged further. */
  readonly corpus: readonly Uint8Array[];
}

/** The bytes of a tree. */
export function writeTree(tree: FrameTree, encoding: Encoding, random: FuzzRandom | null): Uint8Array {
  return encoding === 'json' ? Buffer.from(writeJson(tree, random)) : writeCbor(tree, random);
}

/** A valid frame, to the letter. */
export function goodFrame(
  { schemas, encoding }: FrameSource,
  random: FuzzRandom,
  setting: Setting,
): Uint8Array {
  return writeTree(treeOf(validFrame(schemas, random, setting)), encoding, null);
}

/** A frame of any kind: some valid, most damaged in what they say or in their bytes, a few that are noise. */
export function hostileFrame(source: FrameSource, random: FuzzRandom, setting: Setting): Uint8Array {
  const { corpus, encoding, schemas } = source;
  const kind = random.below(20);
  if (kind === 0) return random.bytes(random.below(64));
  if (kind < 4 && corpus.length > 0) {
    const recorded = random.pick(corpus);
    return random.oneIn(4) ? recorded : damageBytes(recorded, random, random.pick(corpus));
  }
  let tree = treeOf(validFrame(schemas, random, setting));
  if (kind < 13) for (let i = random.below(3); i >= 0; i--) tree = damageTree(tree, random);
  const bytes = writeTree(tree, encoding, random);
  if (kind < 16 && kind >= 11) {
    const other = corpus.length > 0 ? random.pick(corpus) : bytes;
    return damageBytes(bytes, random, other);
  }
  return bytes;
}
