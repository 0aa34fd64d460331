import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BLOCKS } from '../../scripts/docs/blocks.ts';
import { blockNames, fillBlocks } from '../../scripts/docs/generated-blocks.ts';
import { runTool } from '../support/external-tool.ts';
import { page, pages, ROOT } from './pages.ts';

const docs = (...args: string[]) => runTool(process.execPath, ['scripts/docs.ts', ...args], { cwd: ROOT });

t.test('what is generated is current', async (t) => {
  t.same(await docs('--check'), { code: 0, stdout: '', stderr: '' });
});

t.test('--check names what is stale and changes nothing; without it, it is made again', async (t) => {
  const directory = t.testdir();
  cpSync(join(ROOT, 'docs'), directory, { recursive: true });
  const file = (name: string): string => join(directory, name);
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  writeFileSync(file('asyncapi.yaml'), 'asyncapi: 2.0.0\n');
  writeFileSync(file('operations.md'), read('operations.md').replace('`VITALWIRE_HOST`', '`VITALWIRE_HSOT`'));
  const before = read('operations.md');

  const check = await docs('--check', '--directory', directory);
  t.equal(check.code, 1);
  t.match(check.stderr, /asyncapi\.yaml is stale/);
  t.match(check.stderr, /operations\.md is stale/);
  t.notMatch(check.stderr, /openapi\.json|protocol\.md/);
  t.equal(read('operations.md'), before);

  t.equal((await docs('--directory', directory)).code, 0);
  for (const name of ['asyncapi.yaml', 'openapi.json', 'operations.md', 'protocol.md'])
    t.equal(read(name), page(`docs/${name}`), name);
});

t.test('every generated block is used by some page, and a misspelt one is an error', async (t) => {
  const used = new Set(pages().flatMap((path) => blockNames(page(path))));
  t.same(
    [...BLOCKS.keys()].filter((name) => !used.has(name)),
    [],
  );
  const misspelt = '<!-- generated: vitlas -->\n<!-- end -->';
  t.throws(() => fillBlocks(misspelt, BLOCKS), { code: 'unknown_block' });
  const around = 'a\n<!-- generated: signals -->\nold\n<!-- end -->\nb\n';
  t.match(
    fillBlocks(around, BLOCKS),
    /^a\n<!-- generated: signals -->\n\|[\s\S]*acc_z[\s\S]*\|\n<!-- end -->\nb\n$/,
  );
});
