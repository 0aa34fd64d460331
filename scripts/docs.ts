import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asyncApiYaml } from './docs/asyncapi.ts';
import { BLOCKS } from './docs/blocks.ts';
import { blockNames, fillBlocks } from './docs/generated-blocks.ts';
import { openApiJson } from './docs/openapi.ts';

const HELP = `Usage: npm run docs [-- --check]

Makes docs/asyncapi.yaml and docs/openapi.json, and fills the tables between
<!-- generated: name --> and <!-- end --> in docs/*.md, all from the code.

  --check   changes nothing; exits 1 and names the files that are stale
  --help    this text`;

const ROOT = join(import.meta.dirname, '..');

interface Page {
  readonly path: string;
  readonly text: string;
}

/** What stands in a file now; empty when it does not exist. */
async function present(path: string): Promise<string> {
  try {
    return await readFile(join(ROOT, path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** JSON as the linter wants it: it looks at generated files like at any other. */
function formatted(path: string, json: string): string {
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  return execFileSync(biome, ['format', `--stdin-file-path=${path}`], {
    cwd: ROOT,
    input: json,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
}

/** Every generated file as it should be. */
async function documents(): Promise<readonly Page[]> {
  const pages: Page[] = [
    { path: 'docs/asyncapi.yaml', text: asyncApiYaml() },
    { path: 'docs/openapi.json', text: formatted('docs/openapi.json', await openApiJson()) },
  ];
  for (const name of (await readdir(join(ROOT, 'docs'))).filter((file) => file.endsWith('.md')).sort()) {
    const path = `docs/${name}`;
    const text = await present(path);
    if (blockNames(text).length > 0) pages.push({ path, text: fillBlocks(text, BLOCKS) });
  }
  return pages;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const stale: string[] = [];
  for (const { path, text } of await documents()) {
    if ((await present(path)) === text) continue;
    stale.push(path);
    if (!values.check) await writeFile(join(ROOT, path), text);
  }
  if (values.check) {
    for (const path of stale) console.error(`${path} is stale: run \`npm run docs\``);
    return stale.length === 0 ? 0 : 1;
  }
  console.log(stale.length === 0 ? 'Nothing to do: the documents are current.' : `Made ${stale.join(', ')}.`);
  return 0;
}

process.exitCode = await main();
