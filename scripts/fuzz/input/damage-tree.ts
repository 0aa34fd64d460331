import type { FuzzRandom } from '../fuzz-random.ts';
import { type FrameTree, treeOf } from './frame-tree.ts';
import { NAMES, TEXTS, VALUES } from './hostile-atoms.ts';

/** Levels that overflow a stack, seldom; a few that do not, mostly. */
const DEPTHS = [5, 40, 300, 300, 3_000, 20_000] as const;
const LONG_TEXT = 40_000;

/** Something that does not belong where it is put. */
export function hostileTree(random: FuzzRandom): FrameTree {
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      return { kind: 'spelled', which: random.below(10_000) };
    case 3:
      // Costly ones seldom.
      return { kind: 'nested', depth: random.oneIn(20) ? random.pick(DEPTHS) : 4, objects: random.oneIn(2) };
    case 4:
      return {
        kind: 'value',
        value: random.oneIn(100) ? 'x'.repeat(LONG_TEXT) : 'x'.repeat(random.below(300)),
      };
    case 5:
    case 6:
      return { kind: 'value', value: random.pick(TEXTS) };
    case 7:
      return {
        kind: 'array',
        items: Array.from({ length: random.oneIn(200) ? 3_000 : random.below(4) }, () => treeOf(0)),
      };
    case 8:
      return {
        kind: 'object',
        entries: Array.from({ length: random.below(4) }, () => ({
          name: random.pick(NAMES),
          tree: treeOf(1),
        })),
      };
    default:
      return treeOf(random.pick(VALUES));
  }
}

/** Does one harm to a tree: to a place in it, or to all of it. */
export function damageTree(tree: FrameTree, random: FuzzRandom): FrameTree {
  if (random.oneIn(60)) return hostileTree(random);
  if (tree.kind === 'array') {
    const { items } = tree;
    if (items.length === 0 || random.oneIn(6))
      items.splice(random.below(items.length + 1), 0, hostileTree(random));
    else replaceAt(items, random.below(items.length), random);
    return tree;
  }
  if (tree.kind === 'object') return damageObject(tree, random);
  return hostileTree(random);
}

function replaceAt(items: FrameTree[], at: number, random: FuzzRandom): void {
  const item = items[at];
  if (item === undefined) return;
  items[at] = random.oneIn(3) ? hostileTree(random) : damageTree(item, random);
}

function damageObject(tree: Extract<FrameTree, { kind: 'object' }>, random: FuzzRandom): FrameTree {
  const { entries } = tree;
  const at = random.below(Math.max(1, entries.length));
  const entry = entries[at];
  switch (random.below(8)) {
    case 0:
      entries.splice(at, 1);
      return tree;
    case 1:
      // The same name again.
      if (entry)
        entries.splice(random.below(entries.length + 1), 0, { name: entry.name, tree: hostileTree(random) });
      return tree;
    case 2:
      entries.splice(at, 0, { name: random.pick(NAMES), tree: hostileTree(random) });
      return tree;
    case 3:
      if (entry) entry.name = random.oneIn(2) ? random.pick(NAMES) : `${entry.name} `;
      return tree;
    default:
      if (entry) entry.tree = random.oneIn(3) ? hostileTree(random) : damageTree(entry.tree, random);
      return tree;
  }
}
