import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import t from 'tap';
import { runTool } from '../support/external-tool.ts';
import { page, ROOT, section } from './pages.ts';

const SECURITY = 'SECURITY.md';
const MAPPING = 'docs/security-mapping.md';
const security = page(SECURITY);
const mapping = page(MAPPING);
const manifest = JSON.parse(page('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

interface Component {
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly { readonly name: string }[];
}

/** Runs a tool without the hooks that the test runner puts into every child's NODE_OPTIONS. */
function bare(tool: string, args: readonly string[]) {
  return runTool(tool, args, { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: '' } });
}

/** The rows of every table in a text, as cells, without heads and rules. */
function rowsOf(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  return lines
    .filter(
      (line, at) => line.startsWith('|') && !line.startsWith('| -') && !lines[at + 1]?.startsWith('| -'),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** Files that a cell links to, by their path in the project. */
function linked(cell: string, from: string): readonly { readonly name: string; readonly path: string }[] {
  return [...cell.matchAll(/\[([^\]]+)\]\(([^)#]+)\)/g)].map(([, name = '', target = '']) => ({
    name,
    path: posix.normalize(posix.join(posix.dirname(from), target)),
  }));
}

const testsIn = (cell: string, from: string) =>
  linked(cell, from).filter(({ path }) => path.startsWith('test/'));

t.test('it says everything that a threat model says', async (t) => {
  const headings = [...security.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  t.same(headings, [
    'To report a vulnerability',
    'Assets',
    'Actors',
    'Trusted without proof',
    'Guarantees',
    'Keys',
    'People',
    'What to do when',
    'When a part is absent or fails',
    'Dependencies',
    'What is not there yet',
  ]);
  for (const heading of headings) t.ok(section(security, `## ${heading}`).length > 200, String(heading));
});

t.test('every guarantee names tests that exist, by the name of their file', async (t) => {
  const rows = rowsOf(section(security, '## Guarantees'));
  t.ok(rows.length > 30);
  for (const [guarantee = '', shown = ''] of rows) {
    const tests = testsIn(shown, SECURITY);
    t.ok(tests.length > 0, guarantee);
    t.same(new Set(tests.map(({ path }) => path)).size, tests.length, 'none twice');
  }
});

t.test('every test that is named is one that runs', async (t) => {
  for (const [from, text] of [
    [SECURITY, security],
    [MAPPING, mapping],
  ] as const) {
    for (const { name, path } of testsIn(text, from)) {
      t.match(path, /^test\/.+(\.test|-contract)\.ts$/, path);
      if (!t.ok(existsSync(join(ROOT, path)), path)) continue;
      t.match(page(path), /\bt\.test\(/, path);
      const own = posix.basename(path).replace(/(\.test)?\.ts$/, '');
      t.equal(name.replace(/,.*/, '').replaceAll(' ', '-'), own, `${from}: [${name}]`);
    }
  }
});

t.test('every incident names what to run, and every part that fails what becomes of it', async (t) => {
  const incidents = rowsOf(section(security, '## What to do when'));
  t.ok(incidents.length > 10);
  for (const [what = '', , cure = ''] of incidents) t.match(cure, /npm run [a-z-]+ -- [a-z-]+/, what);
  for (const [part = '', becomes = ''] of rowsOf(section(security, '## When a part is absent or fails')))
    t.ok(testsIn(becomes, SECURITY).length > 0 || becomes === 'as it should be', part);
});

t.test('every command that is named takes what it is given', async (t) => {
  const commands = new Map<string, Set<string>>();
  for (const [, span = ''] of `${security}${mapping}`.matchAll(/`([^`\n]+)`/g)) {
    const [, script, sub, rest = ''] = /^npm run ([a-z-]+) -- ([a-z][a-z-]*)(.*)$/.exec(span) ?? [];
    if (script === undefined || sub === undefined) continue;
    const options = commands.get(`${script} ${sub}`) ?? new Set();
    for (const [option] of rest.matchAll(/--[a-z0-9-]+/g)) options.add(option);
    commands.set(`${script} ${sub}`, options);
  }
  t.ok(commands.size > 10);
  const helpOf = async (script: string, ...sub: string[]): Promise<string> => {
    const file = /^node (\S+)$/.exec(manifest.scripts[script] ?? '')?.[1] ?? `no script ${script}`;
    const { code, stdout } = await bare(process.execPath, [file, ...sub, '--help']);
    return code === 0 ? stdout : '';
  };
  const scripts = [...new Set([...commands.keys()].map((command) => command.split(' ')[0] ?? ''))];
  const helps = new Map(await Promise.all(scripts.map(async (one) => [one, await helpOf(one)] as const)));
  const checks = [...commands].map(async ([command, options]) => {
    const [script = '', sub = ''] = command.split(' ');
    t.match(helps.get(script), new RegExp(`^  ${sub} `, 'm'), command);
    const help = options.size === 0 ? '' : await helpOf(script, sub);
    for (const option of options) t.match(help, new RegExp(`${option}\\b`), `${command} ${option}`);
  });
  await Promise.all(checks);
});

t.test('the mapping has every paragraph and requirement, and shows what it calls met', async (t) => {
  const hipaa = rowsOf(section(mapping, '## HIPAA technical safeguards'));
  t.same(
    hipaa.map(([paragraph]) => /^\([^ ]+/.exec(paragraph ?? '')?.[0]),
    [
      ...['(a)(1)', '(a)(2)(i)', '(a)(2)(ii)', '(a)(2)(iii)', '(a)(2)(iv)', '(b)', '(c)(1)', '(c)(2)'],
      ...['(d)', '(e)(1)', '(e)(2)(i)', '(e)(2)(ii)'],
    ],
  );
  const asvs = rowsOf(section(mapping, '## OWASP ASVS 5.0'));
  const numbers = (chapter: string, most: number) =>
    Array.from({ length: most }, (_, i) => `${chapter}.${i + 1}`);
  t.same(
    asvs.map(([number]) => number),
    [
      ...numbers('4.4', 4),
      ...[...numbers('9.1', 3), ...numbers('9.2', 4)],
      ...[...numbers('12.1', 5), ...numbers('12.2', 2), ...numbers('12.3', 5)],
    ],
  );
  for (const [number = '', level = '', , state = '', how = ''] of asvs) {
    t.match(level, /^[123]$/, number);
    t.match(state, /^(met( for .+)?|partly|not met|operator)$/, number);
    if (state.startsWith('met')) t.ok(testsIn(how, MAPPING).length > 0, `${number} is shown`);
  }
});

t.test('the bill of materials is made by the command that is documented, and whole', async (t) => {
  const [command = ''] = /npm -s sbom .*(?= > )/.exec(section(security, '## Dependencies')) ?? [];
  const [tool = '', ...args] = command.split(' ');
  const { code, stdout, stderr } = await bare(tool, args);
  t.equal(code, 0, stderr);
  const { bomFormat, specVersion, components } = JSON.parse(stdout) as {
    readonly bomFormat: string;
    readonly specVersion: string;
    readonly components: readonly Component[];
  };
  t.same([bomFormat, specVersion], ['CycloneDX', '1.5']);
  const locked = JSON.parse(page('package-lock.json')).packages as Readonly<
    Record<string, { readonly version: string; readonly dev?: boolean }>
  >;
  const runs = Object.entries(locked)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`);
  const listed = components
    .filter(({ properties = [] }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'))
    .map(({ name, version }) => `${name}@${version}`);
  t.same([...new Set(listed)].sort(), [...new Set(runs)].sort());
  for (const name of Object.keys(manifest.dependencies))
    t.ok(
      listed.some((one) => one.startsWith(`${name}@`)),
      name,
    );
});
