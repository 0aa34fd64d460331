import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { loadTokenKeys } from '../../src/identity/certificate-directory.ts';
import { verifyClinicianToken } from '../../src/identity/clinician-token.ts';
import { deviceId, patientId } from '../../src/model/ids.ts';
import type { RegistryChange } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { runScript } from '../support/admin-scripts.ts';
import { runTool } from '../support/external-tool.ts';

/** Runs a command line in `cwd` and expects its exit code; gives back the JSON it printed, if it is JSON. */
async function expectExit(
  t: Test,
  cwd: string,
  code: number,
  line: string,
  env: Record<string, string> = {},
) {
  const [name = '', ...args] = line.split(' ');
  const result = await runScript(cwd, name, args, env);
  t.equal(result.code, code, `${line}: ${result.stderr}`);
  for (const output of [result.stdout, result.stderr]) {
    t.notMatch(output, /PRIVATE KEY|"d":/, `${line} shows no key`);
    t.notMatch(output, /\n\s+at |node:internal/, `${line} shows no stack`);
  }
  if (code !== 0) {
    t.match(result.stderr, /^error: [^\n]+\n$/, `${line}: one line`);
    t.equal(result.stdout, '', `${line}: nothing on standard output`);
  }
  return { ...result, json: line.includes('--json') && code === 0 ? JSON.parse(result.stdout) : undefined };
}

/** Also keeps the process alive: the registry's own poll does not. */
async function withinASecond(change: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('not seen within a second')), 1000);
  await Promise.race([change, late.promise]).finally(() => clearTimeout(timer));
}

t.test('from nothing to an assigned device and a clinician with a token', async (t) => {
  const cwd = t.testdir();
  await expectExit(t, cwd, 0, 'ca init --development --server-name localhost --server-name 10.0.0.7');
  await expectExit(t, cwd, 0, 'patient add p-1 --ward north --label Bed-4');
  const issued = await expectExit(t, cwd, 0, 'device issue d1 --patient p-1 --interval 5 --days 30 --json');
  t.match(issued.json, {
    device: { id: 'd1', interval_ms: 5000 },
    certificate: { device: 'd1', status: 'active' },
    files: { certificate: 'certs/devices/d1/device.crt', key: 'certs/devices/d1/device.key' },
    patient: 'p-1',
  });
  t.equal(statSync(join(cwd, 'certs/devices/d1/device.key')).mode & 0o777, 0o600);
  const verified = await runTool(
    'openssl',
    [
      ...['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'certs/root-ca.crt'],
      ...['-untrusted', 'certs/device-ca.crt', issued.json.files.certificate],
    ],
    { cwd },
  );
  t.equal(verified.code, 0, verified.stderr);

  const devices = await expectExit(t, cwd, 0, 'device list --json');
  t.match(devices.json, [{ id: 'd1', patient: 'p-1', certificates: [{ status: 'active' }] }]);
  const table = await expectExit(t, cwd, 0, 'device list');
  t.match(table.stdout, /^DEVICE +STATUS +PATIENT +INTERVAL .*\nd1 +active +p-1 +5 s +\d{4}-/);
  const patients = await expectExit(t, cwd, 0, 'patient list --ward north --json');
  t.same(patients.json, [{ id: 'p-1', ward: 'north', label: 'Bed-4', news2: 'scale_1', devices: ['d1'] }]);
  t.same((await expectExit(t, cwd, 0, 'patient list --ward south --json')).json, []);
  const moved = await expectExit(t, cwd, 0, 'patient move p-1 --ward south --label Bed-9 --json');
  t.match(moved.json, { id: 'p-1', ward: 'south', label: 'Bed-9' });
  t.match((await expectExit(t, cwd, 0, 'patient list --ward south --json')).json, [{ label: 'Bed-9' }]);

  await expectExit(t, cwd, 0, 'clinician add n1 --role clinician --ward north --ward south --patient p-1');
  const clinicians = await expectExit(t, cwd, 0, 'clinician list --json');
  t.same(clinicians.json, [
    { id: 'n1', role: 'clinician', wards: ['north', 'south'], patients: ['p-1'], active: true },
  ]);
  const printed = await expectExit(t, cwd, 0, 'clinician token n1 --ttl 30m --issuer here');
  const keys = await loadTokenKeys(join(cwd, 'certs'));
  const now = Date.now();
  const verifiedToken = await verifyClinicianToken(keys, printed.stdout.trim(), { issuer: 'here', now });
  t.equal(verifiedToken.clinician, 'n1');
  t.ok(Math.abs(verifiedToken.expires - now - 30 * 60_000) < 30_000);
  const asJson = await expectExit(t, cwd, 0, 'clinician token n1 --json', {
    VITALWIRE_ISSUER: 'there',
  });
  t.ok(await verifyClinicianToken(keys, asJson.json.token, { issuer: 'there', now: Date.now() }));
});

t.test('a running server sees what the scripts change', async (t) => {
  const cwd = t.testdir();
  await using registry = await openSqliteRegistry({
    path: join(cwd, 'var/registry.db'),
    onError: (error) => t.fail(error.message),
  });
  const seen = (wanted: RegistryChange) =>
    new Promise<void>((resolve) => {
      registry.watch((change) => {
        if (change.kind === wanted.kind && change.key === wanted.key) resolve();
      });
    });
  await expectExit(t, cwd, 0, 'ca init --development');
  const added = Promise.all([
    seen({ kind: 'patient', key: 'p-1' }),
    seen({ kind: 'device', key: 'd1' }),
    seen({ kind: 'assignment', key: 'd1' }),
  ]);
  await expectExit(t, cwd, 0, 'patient add p-1 --ward north');
  await expectExit(t, cwd, 0, 'device issue d1 --patient p-1');
  await withinASecond(added);
  t.equal(registry.patientAt(deviceId('d1'), Date.now()), 'p-1');
  const ended = seen({ kind: 'assignment', key: 'd1' });
  await expectExit(t, cwd, 0, 'device assign d1 --none');
  await withinASecond(ended);
  t.equal(registry.patientAt(deviceId('d1'), Date.now()), null);
  await registry.addPatient({ ...registry.patient(patientId('p-1'))!, id: patientId('p-2') });
  await expectExit(t, cwd, 0, 'device assign d1 p-2');
  await expectExit(t, cwd, 0, 'device replace d1');
  const shown = await expectExit(t, cwd, 0, 'device show d1 --json');
  t.equal(shown.json.patient, 'p-2', 'a new certificate leaves the assignment alone');
});

t.test('assignments may begin in the past', async (t) => {
  const cwd = t.testdir();
  await expectExit(t, cwd, 0, 'ca init --development');
  await expectExit(t, cwd, 0, 'patient add p-1 --ward north');
  await expectExit(t, cwd, 0, 'device issue d1');
  const { json } = await expectExit(t, cwd, 0, 'device assign d1 p-1 --at 2026-05-01T08:30:00+02:00 --json');
  t.same(json, { device: 'd1', patient: 'p-1', from: Date.UTC(2026, 4, 1, 6, 30) });
});

t.test('production authorities are encrypted, and only the passphrase issues', async (t) => {
  const cwd = t.testdir({ secret: 'correct horse battery\n', other: 'not that one at all' });
  await expectExit(t, cwd, 2, 'ca init --server-name vitals.example.org');
  await expectExit(t, cwd, 2, 'ca init --development --passphrase-file secret');
  t.notOk(existsSync(join(cwd, 'certs')));
  await expectExit(t, cwd, 78, 'ca init', { VITALWIRE_CA_PASSPHRASE: 'short' });
  await expectExit(t, cwd, 78, 'ca init --passphrase-file nowhere');
  const made = await expectExit(
    t,
    cwd,
    0,
    'ca init --passphrase-file secret --server-name vitals.example.org --json',
  );
  t.equal(made.json.created.length, 12, 'pairs, token key, revocation lists');
  for (const name of ['root-ca', 'device-ca', 'server-ca']) {
    t.match(readFileSync(join(cwd, `certs/${name}.key`), 'utf8'), /BEGIN ENCRYPTED PRIVATE KEY/, name);
  }
  const again = await expectExit(t, cwd, 0, 'ca init --passphrase-file secret --json');
  t.same(again.json.created, [], 'run again: nothing is replaced');
  await expectExit(t, cwd, 78, 'ca init --passphrase-file secret --server-name other.example.org');
  await expectExit(t, cwd, 78, 'ca init --development');

  const refused = await expectExit(t, cwd, 78, 'device issue d1');
  t.match(refused.stderr, /certs\/device-ca\.key is encrypted: .*--passphrase-file.*passphrase_required/);
  await expectExit(t, cwd, 78, 'device issue d1 --passphrase-file other');
  t.same((await expectExit(t, cwd, 0, 'device list --json')).json, [], 'nothing was registered');
  await expectExit(t, cwd, 0, 'device issue d1', { VITALWIRE_CA_PASSPHRASE: 'correct horse battery' });
});

t.test('mistakes are told in one line, each with its exit code', async (t) => {
  const cwd = t.testdir();
  await expectExit(t, cwd, 0, 'ca init --development');
  await expectExit(t, cwd, 0, 'patient add p-1 --ward north');
  await expectExit(t, cwd, 0, 'device issue d1');
  await expectExit(t, cwd, 0, 'clinician add n1 --role admin');
  const cases: readonly (readonly [code: number, line: string, says: RegExp])[] = [
    [2, 'device frob', /unknown command 'frob'/],
    [2, 'device issue', /missing required argument 'id'/],
    [2, 'device issue a/b', /device id "a\/b" is not valid: use/],
    [2, 'device issue d2 --days 0', /--days.*1 to 825/],
    [2, 'device issue d2 --interval 1.5', /--interval.*whole number/],
    [2, 'device assign d1', /either a patient id or --none/],
    [2, 'device assign d1 p-1 --none', /either a patient id or --none/],
    [2, 'device assign d1 p-1 --at 2026-05-01', /--at.*with its offset/],
    [2, 'device assign d1 p-1 --at 2026-13-01T00:00:00Z', /--at.*with its offset/],
    [2, 'patient add p-2', /--ward/],
    [2, 'patient move p-1', /--ward, --label or both/],
    [1, 'patient move p-9 --ward south', /p-9.*unknown_patient/],
    [2, 'clinician add n2 --role boss', /clinician, charge, admin/],
    [2, 'clinician token n1 --ttl 12', /--ttl.*30m or 12h/],
    [2, 'clinician token n1 --ttl 32d', /--ttl.*at most 31d/],
    [2, 'ca init --development --server-name a_b', /server name "a_b" is not valid: give/],
    [1, 'device issue d1', /has a certificate until .*renew d1.*already_exists/],
    [1, 'device issue d2 --patient p-9', /"p-9" is not registered: add.*unknown_patient/],
    [1, 'device assign d9 p-1', /d9.*unknown_device/],
    [1, 'device assign d1 p-9', /p-9.*unknown_patient/],
    [1, 'patient add p-1 --ward south', /p-1.*already_exists/],
    [1, 'clinician add n1 --role charge', /--replace.*already_exists/],
    [1, 'clinician add n2 --role clinician --patient p-9', /"p-9".*unknown_patient/],
    [1, 'clinician token n9', /n9.*unknown_clinician/],
    [78, 'clinician token n1 --certs nowhere', /nowhere\/token-key\.json does not exist: make it with/],
    [78, 'device issue d2 --certs nowhere', /nowhere\/device-ca\.crt does not exist: make it with/],
    [78, 'device list --data certs/server.crt', /certs\/server\.crt.*database_unavailable/],
  ];
  for (const [code, line, says] of cases) {
    t.match((await expectExit(t, cwd, code, line)).stderr, says, line);
  }
  t.match((await expectExit(t, cwd, 0, 'device list --json')).json, [{ id: 'd1', patient: null }]);
});

t.test('directories come from the environment or .env, options go before them', async (t) => {
  const cwd = t.testdir();
  writeFileSync(join(cwd, '.env'), 'VITALWIRE_CERTS_DIR=from-file\n');
  await expectExit(t, cwd, 0, 'ca init --development');
  t.ok(existsSync(join(cwd, 'from-file/root-ca.crt')));
  await expectExit(t, cwd, 0, 'ca init --development', { VITALWIRE_CERTS_DIR: 'from-environment' });
  t.ok(existsSync(join(cwd, 'from-environment/root-ca.crt')));
  await expectExit(t, cwd, 0, 'ca init --development --certs given', { VITALWIRE_CERTS_DIR: 'x' });
  t.ok(existsSync(join(cwd, 'given/root-ca.crt')));
  const named = { VITALWIRE_CERTS_DIR: 'named', VITALWIRE_SERVER_NAMES: 'ward.example.org, 10.0.0.9' };
  await expectExit(t, cwd, 0, 'ca init --development', named);
  const server = new X509Certificate(readFileSync(join(cwd, 'named/server.crt')));
  t.equal(server.subjectAltName, 'DNS:ward.example.org, IP Address:10.0.0.9');
  for (const names of ['a b', '-x.example.org', ',']) {
    await expectExit(t, cwd, 78, 'ca init --development --certs never', { VITALWIRE_SERVER_NAMES: names });
  }
  t.notOk(existsSync(join(cwd, 'never')), 'a wrong setting leaves nothing behind');
  await expectExit(t, cwd, 0, 'patient list --data=', { VITALWIRE_DATA_DIR: ' ' });
  t.ok(existsSync(join(cwd, 'var/registry.db')), 'blank: the default');
  await expectExit(t, cwd, 0, 'patient list', { VITALWIRE_DATA_DIR: 'elsewhere' });
  t.ok(existsSync(join(cwd, 'elsewhere/registry.db')));
});

t.test('help shows every command, its options and examples', async (t) => {
  const cwd = t.testdir();
  for (const [name, commands] of [
    ['ca', ['init', 'rotate', 'crl', 'show']],
    ['server-cert', ['issue', 'renew', 'show']],
    [
      'device',
      [
        ...['issue', 'issue-from-csr', 'bulk', 'renew', 'replace'],
        ...['revoke', 'suspend', 'resume', 'list', 'show', 'assign'],
      ],
    ],
    ['patient', ['add', 'list']],
    ['clinician', ['add', 'list', 'token', 'invite', 'sessions', 'sign-out']],
  ] as const) {
    const { stdout } = await expectExit(t, cwd, 0, `${name} --help`);
    for (const command of commands) {
      t.match(stdout, new RegExp(`^  ${command} `, 'm'), `${name} ${command}`);
      const help = await expectExit(t, cwd, 0, `${name} ${command} --help`);
      t.match(help.stdout, /--certs <dir>[\s\S]*--json[\s\S]*Examples:\n {2}\$ npm run /);
    }
  }
});
