import type { FuzzRandom } from '../fuzz-random.ts';
import type { FrameTree } from './frame-tree.ts';
import { JSON_SPELLINGS } from './hostile-atoms.ts';

/** JSON text of a tree; with `random`, spaces here and there where JSON allows them. */
export function writeJson(tree: FrameTree, random: FuzzRandom | null = null): string {
  const space = random?.oneIn(30) ? random.pick([' ', '\n', '\t\r', '   ']) : '';
  switch (tree.kind) {
    case 'value':
      return space + (JSON.stringify(tree.value) ?? 'null');
    case 'spelled':
      return JSON_SPELLINGS[tree.which % JSON_SPELLINGS.length] ?? '';
    case 'nested':
      return tree.objects
        ? `${'{"a":'.repeat(tree.depth)}0${'}'.repeat(tree.depth)}`
        : '['.repeat(tree.depth) + ']'.repeat(tree.depth);
    case 'array':
      return `${space}[${tree.items.map((item) => writeJson(item, random)).join(',')}]`;
    case 'object':
      return `${space}{${tree.entries.map(({ name, tree: one }) => `${JSON.stringify(name)}:${writeJson(one, random)}`).join(',')}${space}}`;
  }
}
