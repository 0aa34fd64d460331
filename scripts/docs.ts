import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { asyncApiYaml } from './docs/asyncapi.ts';
import { BLOCKS } from './docs/blocks.ts';
import { blockNames, fillBlocks } from './docs/generated-blocks.ts';
import { openApiJson } from './docs/openapi.ts';

const HELP = `Usage: npm run docs [-- --check] [--directory DIR]

Makes asyncapi.yaml and openapi.json in docs/, and fills the tables between
<!-- generated: name --> and <!-- end --> in its pages, all from the code.

  --check          changes nothing; exits 1 and names the files that are stale
  --directory DIR  where the documents are (default: docs)
  --help           this text`;

const ROOT = join(import.meta.dirname, '..');

interface Page {
  readonly path: string;
  readonly text: string;
}

/** What stands in a file now; empty when it does not exist. */
async function present(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** A text as the linter wants it, by the name of its file: it looks at generated files like at any other. */
function formatted(name: string, text: string): string {
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  return execFileSync(biome, ['format', `--stdin-file-path=docs/${name}`], {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
}

/** Every generated file of a directory as it should be. */
async function documents(directory: string): Promise<readonly Page[]> {
  const pages: Page[] = [
    { path: join(directory, 'asyncapi.yaml'), text: asyncApiYaml() },
    { path: join(directory, 'openapi.json'), text: formatted('openapi.json', await openApiJson()) },
  ];
  for (const name of (await readdir(directory)).filter((file) => file.endsWith('.md')).sort()) {
    const path = join(directory, name);
    const text = await present(path);
    if (blockNames(text).length > 0) pages.push({ path, text: formatted(name, fillBlocks(text, BLOCKS)) });
  }
  return pages;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean' },
      directory: { type: 'string', default: join(ROOT, 'docs') },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const stale: string[] = [];
  for (const { path, text } of await documents(values.directory)) {
    if ((await present(path)) === text) continue;
    stale.push(relative(process.cwd(), path));
    if (!values.check) await writeFile(path, text);
  }
  if (values.check) {
    for (const path of stale) console.error(`${path} is stale: run \`npm run docs\``);
    return stale.length === 0 ? 0 : 1;
  }
  console.log(stale.length === 0 ? 'Nothing to do: the documents are current.' : `Made ${stale.join(', ')}.`);
  return 0;
}

process.exitCode = await main();
