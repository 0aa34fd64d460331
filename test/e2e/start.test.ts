import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { SETTINGS } from '../../src/config/settings.ts';
import { runTool } from '../support/external-tool.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'src/main.ts');
const inherited = Object.fromEntries(
  Object.entries(process.env).filter(
    ([key]) => !/^(VITALWIRE_|INFLUX_|NODE_OPTIONS|NODE_ENV|npm_)/.test(key),
  ),
);

type Environment = Readonly<Record<string, string>>;

function directoryOf(t: Test): { readonly directory: string; readonly environment: Environment } {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-start-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const environment = {
    ...inherited,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
    NO_COLOR: '1',
    VITALWIRE_HOST: '127.0.0.1',
    VITALWIRE_DEVICE_PORT: '0',
    VITALWIRE_CLINICIAN_PORT: '0',
    VITALWIRE_CERTS_DIR: join(directory, 'certs'),
    VITALWIRE_DATA_DIR: join(directory, 'var'),
  };
  return { directory, environment };
}

/** Runs the server where it is expected to end by itself. */
function run(cwd: string, environment: Environment, ...args: string[]) {
  return runTool(process.execPath, [main, ...args], { cwd, env: { ...environment } });
}

/** The output of a child until it says what it listens on. */
async function greeted(child: ChildProcess): Promise<string> {
  let said = '';
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint += chunk;
  });
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`exited with ${code}: ${complaint}`)));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (/Next, in another terminal[\s\S]*\n.*watch/.test(said)) resolve(said);
    });
  });
}

function portIn(greeting: string, who: 'wearables' | 'clinicians'): number {
  return Number(new RegExp(`${who} +https://127\\.0\\.0\\.1:(\\d+)`).exec(greeting)?.[1]);
}

async function healthz(port: number, ca: string): Promise<string> {
  const call = request({ host: 'localhost', port, path: '/healthz', ca, agent: false });
  call.end();
  const [response] = await once(call, 'response');
  response.setEncoding('utf8');
  const [text] = await once(response, 'data');
  return String(text);
}

/** Ends the child with `signal`; gives its exit code. */
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = await exit;
  return code;
}

t.test('npm start: makes what it needs, says what listens where, ends with SIGTERM', async (t) => {
  const { directory, environment } = directoryOf(t);
  const child = spawn('npm', ['start', '--silent'], { cwd: root, env: { ...environment }, stdio: 'pipe' });
  t.teardown(() => child.kill('SIGTERM'));
  const greeting = await greeted(child);
  const certs = join(directory, 'certs');
  t.match(greeting, /Vitalwire is up \(development\)/);
  t.match(greeting, /console +https:\/\/localhost:\d+\/ /);
  t.match(greeting, /store +sqlite/);
  t.match(greeting, /made .*root-ca\.crt.*token-key\.json/);
  t.match(greeting, 'npm run device -- issue', 'what to do next');
  t.ok(existsSync(join(directory, 'var/journal.db')));
  for (const file of ['root-ca.key', 'device-ca.key', 'server.key', 'token-key.json'])
    t.equal(statSync(join(certs, file)).mode & 0o777, 0o600, `${file} is its owner's alone`);
  t.equal(statSync(join(directory, 'var')).mode & 0o077, 0);
  const ca = readFileSync(join(certs, 'root-ca.crt'), 'utf8');
  t.equal(await healthz(portIn(greeting, 'clinicians'), ca), '{"state":"ok"}');

  const second = await run(directory, environment);
  t.not(second.code, 0, 'a second server on the same data does not start');
  t.match(
    second.stderr,
    /the data directory \S+ is in use by another server \(process \d+\): stop that one first/,
  );
  t.notMatch(second.stderr, /\n +at /, 'no stack');
  t.equal(await healthz(portIn(greeting, 'clinicians'), ca), '{"state":"ok"}', 'the first is unharmed');
  t.equal(await ended(child, 'SIGTERM'), 0);

  const again = spawn(process.execPath, [main], { cwd: directory, env: { ...environment }, stdio: 'pipe' });
  t.notMatch(await greeted(again), /\n +made /, 'a later start makes nothing anew');
  t.equal(readFileSync(join(certs, 'root-ca.crt'), 'utf8'), ca);
  t.equal(await ended(again, 'SIGINT'), 0, 'SIGINT ends it as well');

  const production = await run(directory, { ...environment, NODE_ENV: 'production' });
  t.not(production.code, 0, 'development keys are refused in production');
  t.match(production.stderr, /^vitalwire: .*certs holds development keys, which production refuses.*\n$/);
  t.equal(production.stdout, '');
});

t.test('npm start -- --help lists every key with its default and exits 0', async (t) => {
  const { environment } = directoryOf(t);
  const { code, stdout } = await runTool('npm', ['start', '--silent', '--', '--help'], {
    cwd: root,
    env: { ...environment },
  });
  t.equal(code, 0);
  for (const { key, default: fallback } of Object.values(SETTINGS)) {
    const about = stdout.split(`  ${key}\n`)[1] ?? '';
    t.match(about, `default ${fallback === '' ? '(unset)' : fallback}\n`.trimEnd(), key);
  }
});

t.test('a wrong value: exit 78 before anything is made, naming key, value and what is allowed', async (t) => {
  const { directory, environment } = directoryOf(t);
  // Every setting with what is wrong for it: test/config.
  const cases: readonly (readonly [Environment, RegExp])[] = [
    [{ VITALWIRE_DEVICE_PORT: '99999' }, /VITALWIRE_DEVICE_PORT="99999".*whole number from 0 to 65535/],
    [{ VITALWIRE_HEARTBEAT: '5' }, /VITALWIRE_HEARTBEAT=.*not a key/],
  ];
  await Promise.all(
    cases.map(async ([wrong, message]) => {
      const { code, stdout, stderr } = await run(directory, { ...environment, ...wrong });
      t.equal(code, 78, Object.keys(wrong).join());
      t.match(stderr, message);
      t.match(stderr, /^vitalwire: [^\n]+\n$/, 'one line');
      t.equal(stdout, '');
    }),
  );
  writeFileSync(join(directory, '.env'), 'VITALWIRE_RETENTION_DAYS=forever\n');
  const { code, stderr } = await run(directory, environment);
  t.equal(code, 78, 'in .env too');
  t.match(stderr, /VITALWIRE_RETENTION_DAYS="forever"/);
  t.notOk(existsSync(join(directory, 'certs')) || existsSync(join(directory, 'var')), 'nothing was made');
});

t.test('what stands in the way of a start is one line that names the key to change', async (t) => {
  const { directory, environment } = directoryOf(t);
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const port = String((taken.address() as AddressInfo).port);
  const file = join(directory, 'a-file');
  writeFileSync(file, '');
  const cases: readonly (readonly [Environment, RegExp])[] = [
    [{ VITALWIRE_DEVICE_PORT: port }, new RegExp(`VITALWIRE_DEVICE_PORT=${port}: .*in use`)],
    [{ VITALWIRE_CLINICIAN_PORT: port }, new RegExp(`VITALWIRE_CLINICIAN_PORT=${port}: .*in use`)],
    [{ VITALWIRE_HOST: '203.0.113.7' }, /VITALWIRE_HOST=203\.0\.113\.7: .*not an address of this machine/],
    [{ VITALWIRE_DATA_DIR: file }, /VITALWIRE_DATA_DIR=.*a-file: /],
    [{ VITALWIRE_CERTS_DIR: file }, /a-file cannot be used as a directory/],
  ];
  for (const [wrong, message] of cases) {
    const { code, stdout, stderr } = await run(directory, {
      ...environment,
      VITALWIRE_LOG_LEVEL: 'warn',
      ...wrong,
    });
    t.equal(code, 1, Object.keys(wrong).join());
    t.match(stderr, message);
    t.match(stderr, /^vitalwire: [^\n]+\n$/, 'one line');
    t.equal(stdout, '', 'and no word of being up');
  }
  const argument = await run(directory, environment, '--port', '3');
  t.equal(argument.code, 2);
  t.match(argument.stderr, /^vitalwire: .*--port.*--help[^\n]*\n$/, 'one line for an argument that is none');
});
