import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runTool } from '../support/external-tool.ts';
import { runningServer } from '../support/running-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-package-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
const project = join(directory, 'project');
const installed = join(project, 'node_modules/vitalwire');

/** What must never leave a working copy, planted where it would stand in one. */
const PLANTED = {
  '.env': 'INFLUX_TOKEN=canary\n',
  'certs/root-ca.key': 'canary\n',
  'var/journal.db': 'canary\n',
  'dist/removed/long-ago.js': 'canary\n',
  'server.log': 'canary\n',
};

function env(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(npm_|NODE_OPTIONS|TAP|CI$)/.test(key));
  return {
    ...Object.fromEntries(inherited),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    NO_COLOR: '1',
  };
}

/** Runs a tool without the hooks that the test runner puts into every child's NODE_OPTIONS: tsc can't load them. */
function bare(cwd: string, ...command: string[]) {
  return runTool('sh', ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', ...command], { cwd, env: env() });
}

function link(name: string): void {
  const path = join(project, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), path);
}

t.test('npm pack builds, and takes what belongs in the package and nothing else', async (t) => {
  const copy = join(directory, 'copy');
  for (const part of [
    'src',
    'scripts',
    'test/e2e',
    'docs',
    'README.md',
    'LICENSE',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const [path, content] of Object.entries(PLANTED)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), content);
  }
  const packed = await bare(copy, 'npm', 'pack', '--offline', '--pack-destination', directory);
  t.equal(packed.code, 0, packed.stderr);
  mkdirSync(installed, { recursive: true });
  const archive = join(directory, `vitalwire-${manifest.version}.tgz`);
  const unpacked = await runTool('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  t.equal(unpacked.code, 0, unpacked.stderr);

  const files = globSync('**/*', { cwd: installed, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
  const belongs =
    /^(package\.json|README\.md|LICENSE|SECURITY\.md|CHANGELOG\.md|docs\/.+\.(md|yaml|json)|dist\/(client|core|model|pki|protocol)\/[\w-]+\.(js|d\.ts|js\.map))$/;
  t.same(
    files.filter((file) => !belongs.test(file)),
    [],
  );
  for (const file of files) t.notMatch(readFileSync(join(installed, file), 'utf8'), /^canary$/m, file);
  for (const targets of Object.values(manifest.exports))
    for (const target of Object.values(targets)) t.ok(files.includes(target.slice(2)), target);
  const maps = files.filter((file) => file.endsWith('.map'));
  const blind = maps.filter(
    (file) => !Array.isArray(JSON.parse(readFileSync(join(installed, file), 'utf8')).sourcesContent),
  );
  t.same(blind, [], 'a source map brings its source: src/ is not in the package');
});

t.test(
  'plain JavaScript streams and watches with nothing but the package and its dependencies',
  async (t) => {
    for (const name of Object.keys(manifest.dependencies)) link(name);
    writeFileSync(join(project, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
    writeFileSync(
      join(project, 'consumer.js'),
      `import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { DeviceClient } from 'vitalwire/device-client';
import { FeedClient } from 'vitalwire/feed-client';

const [deviceUrl, clinicianUrl, certificate, key, authority, token] = process.argv.slice(2);
const ca = readFileSync(authority);
const device = new DeviceClient({
  url: deviceUrl, cert: readFileSync(certificate), key: readFileSync(key), ca, ackIntervalMs: 0,
});
const feed = new FeedClient({ url: clinicianUrl, token, ca });
feed.start();
await feed.subscribe({ ward: 'ward-1' });
const [snapshot] = await once(feed, 'snapshot');
const vitals = once(feed, 'vitals');
device.start();
device.sendVitals([{ t: Date.now(), heart_rate: 71, spo2: 97 }]);
await device.drain({ timeoutMs: 5000 });
const [frame] = await vitals;
console.log(JSON.stringify({
  patients: snapshot.patients.map(({ patient }) => patient),
  acked: device.stats,
  heart_rate: frame.values.heart_rate.value,
}));
await device[Symbol.asyncDispose]();
await feed[Symbol.asyncDispose]();
`,
    );
    const server = await runningServer(t);
    const { files } = await server.wearable('watch-1', 'p-1');
    const token = await server.token('nurse-1');
    const { code, stdout, stderr } = await runTool(
      process.execPath,
      [
        'consumer.js',
        server.deviceUrl,
        server.clinicianUrl,
        files.certificate,
        files.key,
        files.authority,
        token,
      ],
      { cwd: project, env: env() },
    );
    t.equal(code, 0, stderr);
    t.match(JSON.parse(stdout), { patients: ['p-1'], heart_rate: 71 });
    t.equal(stderr, '', 'without a warning');
  },
);

t.test('what is not exported can not be imported', async (t) => {
  for (const inside of ['vitalwire', 'vitalwire/dist/client/outbox.js', 'vitalwire/src/app.ts']) {
    const { code, stderr } = await runTool(
      process.execPath,
      ['--input-type=module', '--eval', `await import('${inside}')`],
      { cwd: project, env: env() },
    );
    t.equal(code, 1, inside);
    t.match(stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/, inside);
  }
});

t.test('its types are found, and object to what is wrong', async (t) => {
  link('@types/node');
  link('undici-types');
  writeFileSync(
    join(project, 'consumer.ts'),
    `import { DeviceClient } from 'vitalwire/device-client';
import { FeedClient } from 'vitalwire/feed-client';

const device = new DeviceClient({ url: 'https://localhost:8443', cert: '', key: '', ca: '' });
device.sendVitals([{ t: 1, heart_rate: 71 }]);
// @ts-expect-error a vital is a number
device.sendVitals([{ t: 1, heart_rate: '71' }]);
// @ts-expect-error there is no such vital
device.sendVitals([{ t: 1, blood_alcohol: 1 }]);
const feed = new FeedClient({ url: 'https://localhost:8444', token: '', ca: '' });
feed.on('alarm', (frame) => frame.alarm.id.length);
// @ts-expect-error an alarm has no such field
feed.on('alarm', (frame) => frame.alarm.colour);
`,
  );
  const { code, stdout } = await bare(
    project,
    ...[join(root, 'node_modules/.bin/tsc'), '--noEmit', '--strict', '--module', 'nodenext'],
    ...['--target', 'es2025', '--lib', 'es2025,esnext.disposable', '--types', 'node', '--skipLibCheck'],
    'consumer.ts',
  );
  t.equal(code, 0, stdout);
});
