import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { runTool } from '../support/external-tool.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const biome = join(root, 'node_modules/.bin/biome');

/** A copy of the sources with the linter's configuration, in which a test may break what it likes. */
function copiedTree(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-lint-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  for (const part of ['src', 'lint', 'biome.json', 'package.json', 'tsconfig.json'])
    cpSync(join(root, part), join(directory, part), { recursive: true });
  return directory;
}

/** `biome ci` without its format check, which is no matter of imports. */
function lint(directory: string, ...more: string[]) {
  return runTool(
    biome,
    [
      ...['ci', '--error-on-warnings', '--formatter-enabled=false', '--assist-enabled=false'],
      ...['--max-diagnostics=none', '--colors=off', ...more, 'src'],
    ],
    { cwd: directory },
  );
}

/** Rules broken, by file. */
async function broken(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const { stdout } = await lint(directory, '--reporter=github');
  const found = new Map<string, string[]>();
  for (const [, rule = '', path = ''] of stdout.matchAll(/^::\w+ title=([^,]+),file=([^,]+),/gm)) {
    const file = relative(directory, resolve(directory, path));
    found.set(file, [...(found.get(file) ?? []), rule]);
  }
  return found;
}

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), source);
  }
}

const TABLE = 'lint/style/noRestrictedImports';
const CYCLE = 'lint/suspicious/noImportCycles';
const UNSEEN = 'plugin';
const value = (from: string): string => `import { it } from '${from}';\nexport const mine = it;\n`;
const type = (from: string): string => `import type { It } from '${from}';\nexport type Mine = It;\n`;

/** Source, its folder, and the rule that must object. */
const VIOLATIONS: readonly (readonly [folder: string, source: string, rule: string])[] = [
  ['alarms', value('node:crypto'), TABLE],
  ['alarms', value('../observe/log.ts'), TABLE],
  ['model', type('../pki/key-pair.ts'), TABLE],
  ['model', "import '../pki/key-pair.ts';\n", TABLE],
  ['model', "export { it } from '../pki/key-pair.ts';\n", TABLE],
  ['model', "export type { It } from '../pki/key-pair.ts';\n", TABLE],
  ['model', "export const it = await import('../pki/key-pair.ts');\n", TABLE],
  ['model', type('./../pki/key-pair.ts'), TABLE],
  ['model', type('././../pki/key-pair.ts'), TABLE],
  ['model', type('../core/../pki/key-pair.ts'), TABLE],
  ['model', type('../core/./../pki/key-pair.ts'), TABLE],
  ['model', type('../model/../pki/key-pair.ts'), TABLE],
  ['model', type('../../src/pki/key-pair.ts'), TABLE],
  ['model', type('/src/pki/key-pair.ts'), TABLE],
  ['model', type('file:///src/pki/key-pair.ts'), TABLE],
  ['model', type('vitalwire/device-client'), TABLE],
  ['model', "export type It = import('../pki/key-pair.ts').KeyPair;\n", UNSEEN],
  ['model', 'export const it = await import(`../pki/key-pair.ts`);\n', UNSEEN],
  ['model', "const from = '../pki/key-pair.ts';\nexport const it = await import(from);\n", UNSEEN],
  ['model', "import { createRequire } from 'node:module';\nexport const it = createRequire('/');\n", UNSEEN],
  ['model', "export const it = process.getBuiltinModule('node:fs');\n", UNSEEN],
  ['core', value('../../scripts/table.ts'), TABLE],
  ['core', value('../../test/support/rest.ts'), TABLE],
  ['config', value('pino'), TABLE],
  ['pki', value('jose'), TABLE],
  ['identity', value('node-forge'), TABLE],
  ['identity', value('../gateway/caller.ts'), TABLE],
  ['registry', value('@nats-io/transport-node'), TABLE],
  ['bus', value('nats'), TABLE],
  ['journal', value('../store/points.ts'), TABLE],
  ['store', value('../ingest/pipeline.ts'), TABLE],
  ['store', value('@influxdata/influxdb-client'), TABLE],
  ['ingest', value('../store/points.ts'), TABLE],
  ['ingest', value('fastify'), TABLE],
  ['ingest', value('ws'), TABLE],
  ['feed', value('../ingest/pipeline.ts'), TABLE],
  ['feed', value('@fastify/websocket'), TABLE],
  ['gateway', value('../alarms/engine.ts'), TABLE],
  ['gateway', value('../client/device-client.ts'), TABLE],
  ['gateway', value('../app.ts'), TABLE],
  ['gateway', value('jose'), TABLE],
  ['client', value('../identity/access-token.ts'), TABLE],
  ['client', value('node-forge'), TABLE],
  ['client', value('fastify'), TABLE],
  ['console', value('node:fs'), TABLE],
  ['console', value('../client/feed-client.ts'), TABLE],
  ['a-folder-nobody-listed', value('../core/clock.ts'), TABLE],
  ['.', value('fastify'), TABLE],
  ['.', value('../test/support/rest.ts'), TABLE],
];

const violations = VIOLATIONS.map(([folder, source, rule], i) => {
  const file = folder === '.' ? `src/violation-${i}.ts` : `src/${folder}/violation-${i}.ts`;
  return { file, source, rule };
});

/** What the composition root must not take: the root itself, and its parts. */
const foreign = [
  'fastify',
  '@influxdata/influxdb-client',
  './client/device-client.ts',
  './core/../client/device-client.ts',
  '../scripts/table.ts',
].map((from, i) => ({ from, file: i === 0 ? 'src/app.ts' : `src/app-violation-${i}.ts` }));

const cycle = {
  'src/core/one.ts': type('./two.ts').replaceAll('It', 'Two').replace('Mine', 'One'),
  'src/core/two.ts': type('./three.ts').replaceAll('It', 'Three').replace('Mine', 'Two'),
  'src/core/three.ts': type('./one.ts').replaceAll('It', 'One').replace('Mine', 'Three'),
};

// All at once: the linter reads the whole tree each time.
const wrong: Readonly<Record<string, string>> = {
  ...Object.fromEntries(violations.map(({ file, source }) => [file, source])),
  ...Object.fromEntries(foreign.map(({ file, from }) => [file, value(from)])),
  ...cycle,
};
const tree = copiedTree(t);
write(tree, wrong);
const found = await broken(tree);

t.test('every way to break the table fails the linter, and nothing else does', async (t) => {
  for (const { file, source, rule } of violations)
    t.ok(found.get(file)?.includes(rule), `${dirname(file)}: ${source.split('\n')[0]}`);
  t.same(
    [...found.keys()].filter((file) => !(file in wrong)),
    [],
  );
});

t.test('the composition root takes no vendor library, no client, nothing outside src', async (t) => {
  for (const { file, from } of foreign) t.ok(found.get(file)?.includes(TABLE), from);
});

t.test('a cycle fails the linter, through type imports too', async (t) => {
  for (const file of Object.keys(cycle)) t.ok(found.get(file)?.includes(CYCLE), file);
});

t.test('the sources as they are keep the table and hold no cycle, nor does what it allows', async (t) => {
  const directory = copiedTree(t);
  write(directory, {
    'src/store/store-influxdb-more.ts': value('@influxdata/influxdb-client'),
    'src/model/more.ts': `${value('../core/clock.ts')}export const file = await import('node:fs/promises');\n`,
    'src/gateway/more.ts': value('@fastify/websocket'),
    'src/client/more.ts': value('../pki/key-pair.ts'),
    'src/console/more.tsx': value('../protocol/close-codes.ts'),
  });
  const { code, stdout, stderr } = await lint(directory);
  t.equal(code, 0, code === 0 ? 'clean' : stdout + stderr);
});

t.test('no source file talks the linter out of it', (t) => {
  const suppressing = globSync('src/**/*.{ts,tsx}', { cwd: root }).filter((file) =>
    /biome-ignore(-all|-start)?\s+(lint(?![/\w])|lint\/(style\/noRestrictedImports|suspicious\/noImportCycles)|lint\/plugin|plugin)/.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  );
  t.same(suppressing, []);
  t.end();
});
