import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { BulkStaging } from '../../scripts/device/bulk-staging.ts';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { skipWithout } from '../support/external-tool.ts';
import { onRecord, refuseKeysOf, runCommand, verifyStrictly } from '../support/script-run.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/device.ts', import.meta.url));
const PRELOAD = new URL('../support/signal-when-placed.ts', import.meta.url).href;

/** Four batches: the last is begun only once the first is in place. */
const COUNT = 400;

function csv(patient: (index: number) => string = () => ''): string {
  const rows = Array.from({ length: COUNT }, (_, i) => `band-${i},${patient(i)}`);
  return `id,patient\n${rows.join('\n')}\n`;
}

function manifest(cwd: string, name = 'devices.csv.manifest.jsonl') {
  return readFileSync(join(cwd, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Every device has exactly one certificate that holds, and it is the one in its files, with its key. */
async function checkFleet(t: Test, cwd: string, count: number): Promise<void> {
  await using registry = await openSqliteRegistry({
    path: join(cwd, 'var/registry.db'),
    onError: (error) => t.fail(error.message),
  });
  t.equal(registry.devices().length, count, 'devices registered');
  const wrong = registry.devices().filter(({ id }) => {
    const all = registry.certificatesOf(id);
    const file = new X509Certificate(readFileSync(join(cwd, 'certs/devices', id, 'device.crt')));
    const key = readFileSync(join(cwd, 'certs/devices', id, 'device.key'));
    const matches = thumbprintOf(file.raw) === all[0]?.thumbprint && all[0].status === 'active';
    return !(all.length === 1 && matches && key.includes('PRIVATE KEY'));
  });
  t.same(wrong, [], 'one certificate each, that of its files');
  const places = readdirSync(join(cwd, 'certs/devices')).filter((name) => !name.startsWith('.'));
  t.equal(places.length, count, 'a directory each');
  t.same(readdirSync(join(cwd, 'certs/devices/.bulk')), [], 'nothing left aside');
}

/** Runs `bulk` until its first device is in place, and signals it then. */
async function interrupted(cwd: string, signal: 'SIGINT' | 'SIGKILL') {
  const environment = Object.entries(process.env).filter(([key]) => !key.startsWith('VITALWIRE_'));
  const child = spawn(process.execPath, ['--import', PRELOAD, SCRIPT, 'bulk', 'devices.csv', '--json'], {
    cwd,
    env: { ...Object.fromEntries(environment), PLACED_SIGNAL: signal },
  });
  const output: string[] = [];
  child.stdout.on('data', (data) => output.push(String(data)));
  const [code, by] = await once(child, 'close');
  return { code, by, output: output.join('') };
}

const placed = (cwd: string): number =>
  readdirSync(join(cwd, 'certs/devices')).filter((name) => !name.startsWith('.')).length;

t.test('rows become devices; bad ones are told by line and stop nothing', async (t) => {
  const cwd = t.testdir({
    'devices.csv': [
      '\uFEFFID, patient ,description,interval,key',
      'good-1,p-1,"Band, blue",5,',
      'a/b,,,,',
      'good-1,,,,',
      '',
      'good-2,,,,rsa-3072',
      'good-3,p-9,,,',
      'gone,,,,',
      'good-4,,,0,',
      'good-5,,,,dsa',
      'good-6,,"open,,',
      'good-7,,',
      'good-8,,x\u0007y,,',
      'good-9,,,,',
    ].join('\r\n'),
  });
  await runCommand(t, cwd, 0, 'ca init --development');
  await runCommand(t, cwd, 0, 'patient add p-1 --ward north');
  await runCommand(t, cwd, 0, 'device issue gone');
  await runCommand(t, cwd, 0, 'device revoke gone');
  const { json, stderr, stdout } = await runCommand(t, cwd, 1, 'device bulk devices.csv --json');
  t.match(json, { rows: 12, issued: 3, present: 0, failed: 9, left: 0, bound_by: /cpu|disk/ });
  t.match(
    json.failures.map((fault: { line: number; code: string }) => [fault.line, fault.code]),
    [
      [3, 'invalid_id'],
      [4, 'duplicate_id'],
      [7, 'unknown_patient'],
      [8, 'device_revoked'],
      [9, 'invalid_interval'],
      [10, 'invalid_key'],
      [11, 'row_malformed'],
      [12, 'row_malformed'],
      [13, 'invalid_entry'],
    ],
  );
  t.match(
    stderr,
    /^line 3: device id "a\/b" is not valid: use .*\(invalid_id\)\nline 4: .*on line 2 already/,
  );
  const entries = manifest(cwd);
  t.same(
    entries.map(({ line, status }) => `${line} ${status}`),
    [2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14].map(
      (line) => `${line} ${[2, 6, 14].includes(line) ? 'issued' : 'failed'}`,
    ),
  );
  t.equal(statSync(join(cwd, 'devices.csv.manifest.jsonl')).mode & 0o777, 0o600);
  const shown = (await runCommand(t, cwd, 0, 'device show good-1 --json')).json;
  t.match(shown, { patient: 'p-1', description: 'Band, blue', interval_ms: 5000 });
  t.equal(shown.certificates[0].serial, entries[0].serial);
  const rsa = new X509Certificate(readFileSync(join(cwd, 'certs/devices/good-2/device.crt')));
  t.equal(rsa.publicKey.asymmetricKeyType, 'rsa');
  refuseKeysOf(t, join(cwd, 'certs'), [stdout, stderr, JSON.stringify(entries)]);

  // Mended, the same file completes: what is there stays, the unknown patient is added.
  const again = await runCommand(
    t,
    cwd,
    1,
    'device bulk devices.csv --add-patients south --out o.jsonl --json',
  );
  t.match(again.json, { issued: 1, present: 3, failed: 8 });
  t.match(
    manifest(cwd, 'o.jsonl').find(({ id }) => id === 'good-1'),
    { status: 'present', serial: entries[0].serial },
  );
  const south = await runCommand(t, cwd, 0, 'patient list --ward south --json');
  const p9 = { id: 'p-9', ward: 'south', label: 'p-9', news2: 'scale_1', devices: ['good-3'] };
  t.same(south.json, [p9]);
});

t.test('a device that has its certificate is neither issued anew nor given to another', async (t) => {
  const cwd = t.testdir({ 'devices.csv': 'patient,id\np-2,worn\n,given\n,free\n' });
  await runCommand(t, cwd, 0, 'ca init --development');
  await runCommand(t, cwd, 0, 'patient add p-1 --ward north');
  await runCommand(t, cwd, 0, 'patient add p-2 --ward north');
  await runCommand(t, cwd, 0, 'device issue worn --patient p-1');
  await runCommand(t, cwd, 0, 'device issue given');
  rmSync(join(cwd, 'certs/devices/given'), { recursive: true });
  const { json } = await runCommand(t, cwd, 1, 'device bulk devices.csv --json');
  t.match(json, { issued: 1, present: 0, failed: 2 });
  t.match(json.failures, [
    { id: 'worn', code: 'worn_by_another', message: /patient "p-1" wears it/ },
    { id: 'given', code: 'device_files_missing', message: /npm run device -- replace given/ },
  ]);
  const given = (await runCommand(t, cwd, 0, 'device show given --json')).json;
  t.match(given.certificates, [{ status: 'active' }], 'it may be in use');
});

t.test('a file as a whole can be wrong', async (t) => {
  const cwd = t.testdir({
    empty: '',
    columns: 'id,colour\nd1,red\n',
    twice: 'id,id\nd1,d2\n',
    no: 'patient\np\n',
  });
  await runCommand(t, cwd, 0, 'ca init --development');
  for (const [file, says] of [
    ['empty', /it is empty.*bulk_header_invalid/],
    ['columns', /line 1: "colour" is no column: begin with a header/],
    ['twice', /"id" stands in it twice/],
    ['no', /there is no column "id"/],
    ['nowhere', /nowhere cannot be read \(ENOENT\).*bulk_file_unreadable/],
    ['empty --out nowhere/x', /bulk_header_invalid/],
    ['columns --days 0', /--days/],
  ] as const) {
    const code = file.includes('--days') ? 2 : 1;
    t.match((await runCommand(t, cwd, code, `device bulk ${file}`)).stderr, says, file);
  }
  writeFileSync(join(cwd, 'good.csv'), 'id\nd1\n');
  const { stderr } = await runCommand(t, cwd, 1, 'device bulk good.csv --out nowhere/x');
  t.match(stderr, /manifest nowhere\/x cannot be written \(ENOENT\).*--out/);
  t.same((await runCommand(t, cwd, 0, 'device list --json')).json, [], 'before anything is issued');
});

t.test(
  'killed in the middle and run again, each of 400 devices has the one certificate of its files',
  { skip: skipWithout('openssl', 'openssl') },
  async (t) => {
    const cwd = t.testdir({ 'devices.csv': csv((i) => `p-${i % 3}`) });
    await runCommand(t, cwd, 0, 'ca init --development');
    for (const p of [0, 1, 2]) await runCommand(t, cwd, 0, `patient add p-${p} --ward north`);
    t.match(await interrupted(cwd, 'SIGKILL'), { by: 'SIGKILL' });
    const before = placed(cwd);
    t.ok(before > 0 && before < COUNT, `killed with ${before} in place`);
    t.notOk(existsSync(join(cwd, 'devices.csv.manifest.jsonl')), 'no half of a manifest');

    const { json, stdout, stderr } = await runCommand(t, cwd, 0, 'device bulk devices.csv --json');
    t.equal(json.issued + json.present, COUNT);
    t.ok(json.present >= before, 'what was done stays');
    await checkFleet(t, cwd, COUNT);
    const entries = manifest(cwd);
    t.same(
      entries.map(({ line }) => line),
      Array.from({ length: COUNT }, (_, i) => i + 2),
    );
    refuseKeysOf(t, join(cwd, 'certs'), [stdout, stderr, JSON.stringify(entries)]);
    const recorded = new Set(onRecord(t, cwd).filter((entry) => entry.startsWith('device_issued')));
    t.equal(recorded.size, COUNT, 'every one is on record');
    await runCommand(t, cwd, 0, 'ca crl');
    for (const id of ['band-0', 'band-150', 'band-399']) {
      const verified = await verifyStrictly(cwd, `certs/devices/${id}/device.crt`);
      t.equal(verified.code, 0, verified.stderr);
    }
  },
);

t.test('Ctrl-C completes what is in hand and says how to go on', async (t) => {
  const cwd = t.testdir({ 'devices.csv': csv() });
  await runCommand(t, cwd, 0, 'ca init --development');
  const { code, output } = await interrupted(cwd, 'SIGINT');
  t.equal(code, 130);
  const { issued, left } = JSON.parse(output);
  t.ok(issued > 0 && left > 0, `${issued} issued, ${left} left`);
  t.equal(manifest(cwd).length, issued);
  await checkFleet(t, cwd, issued);
  const { json } = await runCommand(t, cwd, 0, 'device bulk devices.csv --json');
  t.match(json, { present: issued, issued: left });
  await checkFleet(t, cwd, COUNT);
});

t.test('what an interrupted run registered and did not put in place is completed', async (t) => {
  const cwd = t.testdir({ 'devices.csv': 'id\nband-0\nband-1\n' });
  await runCommand(t, cwd, 0, 'ca init --development');
  await runCommand(t, cwd, 0, 'device bulk devices.csv');
  const serial = manifest(cwd)[0].serial;
  const devices = join(cwd, 'certs/devices');
  // As a power cut leaves it between the registry's commit and the rename, and one that was never registered.
  renameSync(join(devices, 'band-0'), join(devices, '.bulk/band-0'));
  cpSync(join(devices, '.bulk/band-0'), join(devices, '.bulk/never'), { recursive: true });
  mkdirSync(join(devices, '.bulk/begun'));
  {
    await using _ = await BulkStaging.open(join(cwd, 'certs'));
    const { stderr } = await runCommand(t, cwd, 1, 'device bulk devices.csv');
    t.match(stderr, /another "device bulk" is issuing.*bulk_running/, 'one at a time');
  }
  const { json } = await runCommand(t, cwd, 0, 'device bulk devices.csv --json');
  t.match(json, { issued: 0, present: 2 });
  t.equal(manifest(cwd)[0].serial, serial);
  await checkFleet(t, cwd, 2);
});
