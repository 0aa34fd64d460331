import { CodedError } from '../../src/core/coded-error.ts';

const BLOCK = /<!-- generated: ([a-z0-9._-]+) -->\n[\s\S]*?<!-- end -->/g;

/** Names of the generated blocks of a page. */
export function blockNames(page: string): string[] {
  return [...page.matchAll(BLOCK)].map(([, name]) => name ?? '');
}

/**
 * Puts the text of every generated block of a page in its place, between `<!-- generated: name -->` and
 * `<!-- end -->`. What people wrote around it stays.
 * @throws CodedError `unknown_block`
 */
export function fillBlocks(page: string, blocks: ReadonlyMap<string, () => string>): string {
  return page.replace(BLOCK, (_whole, name: string) => {
    const make = blocks.get(name);
    if (!make)
      throw new CodedError(
        'unknown_block',
        `there is no generated block "${name}": correct its name, or add it`,
      );
    return `<!-- generated: ${name} -->\n${make()}\n<!-- end -->`;
  });
}
