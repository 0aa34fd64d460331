import { X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { issueFor, openDeviceIssuer } from '../../src/identity/device-issuance.ts';
import type { DeviceCertificate } from '../../src/model/people.ts';
import { generateKeyPair } from '../../src/pki/key-pair.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';
import { onRecord, refuseKeysOf, runCommand, verifyStrictly } from '../support/script-run.ts';

const openssl = skipWithout('openssl', 'openssl');

t.test(
  'a device from its issue to its end, as openssl and the trail see it',
  { skip: openssl },
  async (t) => {
    const cwd = t.testdir();
    const outputs: string[] = [];
    const run = async (line: string, code = 0) => {
      const result = await runCommand(t, cwd, code, line);
      outputs.push(result.stdout, result.stderr);
      return result;
    };
    const crt = 'certs/devices/d1/device.crt';
    await run('ca init --development');
    const { json: issued } = await run(
      'device issue d1 --crl-url https://vitals.example.org:8444/crl --json',
    );
    const first = issued.certificate.serial;
    t.equal((await verifyStrictly(cwd, crt)).code, 0);
    const text = await runTool('openssl', ['x509', '-in', crt, '-noout', '-text'], { cwd });
    t.match(text.stdout, /URI:https:\/\/vitals\.example\.org:8444\/crl\/[0-9a-f]{16}\.crl/);

    // Renewed by an admin: both hold until the new one is used.
    const kept = readFileSync(join(cwd, crt));
    const { json: renewed } = await run('device renew d1 --json');
    t.equal(renewed.certificate.status, 'pending');
    t.not(renewed.certificate.serial, first);
    t.equal((await verifyStrictly(cwd, crt)).code, 0);
    const both = (await run('device show d1 --json')).json.certificates;
    t.match(both, [{ serial: first, state: 'active' }, { state: 'pending' }]);

    // Replaced: all former ones end, and the list says why.
    const { json: replaced } = await run('device replace d1 --reason keyCompromise --json');
    t.same(replaced.ended, [first, renewed.certificate.serial]);
    t.equal((await verifyStrictly(cwd, crt)).code, 0);
    writeFileSync(join(cwd, 'former.crt'), kept);
    t.match((await verifyStrictly(cwd, 'former.crt')).stderr, /certificate revoked/);
    const shown = await run('device show d1');
    t.match(shown.stdout, /^Device +d1\nStatus +active\n/);
    t.match(shown.stdout, new RegExp(`^${first} +revoked .* keyCompromise +[0-9a-f]{16}$`, 'm'));

    // Suspended and resumed: on the list, and off it again.
    t.match(
      (await run('device suspend d1')).stdout,
      /is suspended.*\nA running server sees it within a second/,
    );
    t.match((await verifyStrictly(cwd, crt)).stderr, /certificate revoked/, 'on hold');
    t.equal((await run('device suspend d1 --json')).json.changed, false);
    t.match((await run('device list --status suspended --json')).json, [{ id: 'd1' }]);
    await run('device resume d1');
    t.equal((await verifyStrictly(cwd, crt)).code, 0, 'off the list again');

    // One certificate, then the device.
    const last = new X509Certificate(readFileSync(join(cwd, crt))).serialNumber;
    t.match((await run(`device revoke d1 --certificate ${'A'.repeat(32)}`, 1)).stderr, /no certificate "A/);
    const one = await run(`device revoke d1 --certificate ${last.toLowerCase()}`);
    t.match(one.stdout, /It has none left: "npm run device -- replace d1" makes one\./);
    t.match((await verifyStrictly(cwd, crt)).stderr, /certificate revoked/);
    await run('device replace d1');
    const { json: revoked } = await run('device revoke d1 --reason cessationOfOperation --json');
    t.match(revoked, { status: 'revoked', ended: [/./], lists: [{ outcome: 'published', entries: 4 }] });
    t.match((await run('device revoke d1', 1)).stderr, /revoked for good/);
    t.match((await run('device resume d1', 1)).stderr, /device_revoked/);
    t.match((await run('device assign d1 p-1', 1)).stderr, /nobody can wear it.*device_revoked/);
    t.match((await run('device replace d1', 1)).stderr, /device_revoked/);

    refuseKeysOf(t, join(cwd, 'certs'), outputs);
    t.same(
      onRecord(t, cwd).filter((entry) => /^(device|certificate)_/.test(entry)),
      [
        ...['device_issued d1', 'device_renewed d1', 'device_replaced d1'],
        ...['device_suspended d1', 'device_resumed d1', `certificate_revoked ${last}`],
        ...['device_replaced d1', 'device_revoked d1'],
      ],
    );
  },
);

t.test('a device that made its key itself is certified by its request', { skip: openssl }, async (t) => {
  const cwd = t.testdir();
  const request = async (name: string, ...args: string[]) => {
    const made = await runTool(
      'openssl',
      [
        ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, ...args],
      ],
      { cwd },
    );
    t.equal(made.code, 0, made.stderr);
  };
  await runCommand(t, cwd, 0, 'ca init --development');
  await request('d1');
  await request('d2', '-outform', 'DER');
  for (const id of ['d1', 'd2']) {
    const { json } = await runCommand(t, cwd, 0, `device issue-from-csr ${id} ${id}.csr --json`);
    t.notOk('key' in json.files || 'bundle' in json.files);
    t.notOk(existsSync(join(cwd, `certs/devices/${id}/device.key`)));
    t.equal((await verifyStrictly(cwd, `certs/devices/${id}/device.crt`)).code, 0);
  }
  const renewed = await runCommand(t, cwd, 0, 'device renew d1 --csr d1.csr --json');
  t.equal(renewed.json.certificate.status, 'pending');
  await runCommand(t, cwd, 0, 'device replace d2 --csr d2.csr');

  const other = await runCommand(t, cwd, 1, 'device issue-from-csr d3 d1.csr');
  t.match(other.stderr, /names "d1", not device "d3".*request_names_another/);
  // Another key's signature: the request's maker has not shown to hold the key in it.
  const der = readFileSync(join(cwd, 'd2.csr'));
  writeFileSync(join(cwd, 'forged.csr'), der.with(der.length - 1, der[der.length - 1]! ^ 1));
  t.match((await runCommand(t, cwd, 1, 'device issue-from-csr d4 forged.csr')).stderr, /request_/);
  t.match((await runCommand(t, cwd, 1, 'device issue-from-csr d4 nowhere.csr')).stderr, /request_unreadable/);
  t.match(
    (await runCommand(t, cwd, 1, 'device issue-from-csr d4 certs/root-ca.crt')).stderr,
    /request_malformed/,
  );
  writeFileSync(join(cwd, 'huge.csr'), Buffer.alloc(100_000, 65));
  t.match((await runCommand(t, cwd, 1, 'device issue-from-csr d4 huge.csr')).stderr, /request_malformed/);
  // A key that another device has, and one that is in wrong hands.
  await request('shared', '-subj', '/O=Acme');
  await runCommand(t, cwd, 0, 'device issue-from-csr d3 shared.csr');
  t.match(
    (await runCommand(t, cwd, 1, 'device issue-from-csr d4 shared.csr')).stderr,
    /key is that of device "d3": make one for this device alone \(key_of_another_device\)/,
  );
  t.match(
    (await runCommand(t, cwd, 1, 'device replace d1 --reason keyCompromise --csr d1.csr')).stderr,
    /in wrong hands: make a new key \(key_revoked\)/,
  );

  const { json } = await runCommand(t, cwd, 0, 'device list --json');
  t.same(
    json.map(({ id }: { id: string }) => id),
    ['d1', 'd2', 'd3'],
    'nothing was registered for those',
  );
});

t.test('with a certificate whose key is known falls what was renewed with it', async (t) => {
  const cwd = t.testdir();
  await runCommand(t, cwd, 0, 'ca init --development');
  const registry = await openSqliteRegistry({ path: join(cwd, 'var/registry.db'), onError: t.error });
  t.teardown(() => registry[Symbol.asyncDispose]());
  const issuer = await openDeviceIssuer(join(cwd, 'certs'), { crlUrl: null });
  /** As the server does it for a device that shows `former`. */
  const renew = async (former: DeviceCertificate) => {
    const { publicKey } = generateKeyPair();
    const { certificate } = issueFor(issuer, {
      ...{ device: former.device, publicKey, validityDays: 90, status: 'pending' },
      ...{ follows: former.thumbprint, now: Date.now() },
    });
    await registry.addCertificate(certificate);
    return certificate;
  };
  const { certificate: first } = (await runCommand(t, cwd, 0, 'device issue d1 --json')).json;
  const second = await renew(first);
  const third = await renew(second);
  const { certificate: made } = (await runCommand(t, cwd, 0, 'device renew d1 --json')).json;

  const plain = await runCommand(t, cwd, 0, `device revoke d1 --certificate ${first.serial}`);
  t.match(
    plain.stdout,
    `Left: ${made.serial}, and what was renewed with it: ${second.serial}, ${third.serial}. "npm run device -- revoke d1 --certificate <serial> --reason keyCompromise" ends such a one with all that came of it.`,
  );
  const line = `device revoke d1 --certificate ${second.serial} --reason keyCompromise`;
  const { json } = await runCommand(t, cwd, 0, `${line} --json`);
  t.match(json, { ended: [second.serial, third.serial], left: [made.serial], left_renewed: [] });
  const { certificates } = (await runCommand(t, cwd, 0, 'device show d1 --json')).json;
  const state = Object.fromEntries(certificates.map((one: DeviceCertificate) => [one.serial, one.status]));
  t.same(state, {
    ...{ [first.serial]: 'revoked', [second.serial]: 'revoked', [third.serial]: 'revoked' },
    [made.serial]: 'pending',
  });
  const again = await renew(made);
  const last = await runCommand(
    t,
    cwd,
    0,
    `device revoke d1 --certificate ${made.serial} --reason keyCompromise`,
  );
  t.match(
    last.stdout,
    `Certificate ${made.serial} of d1 is revoked (keyCompromise), and what came of it: ${again.serial}.`,
  );
  t.ok(onRecord(t, cwd).includes(`certificate_revoked ${again.serial}`));
});

t.test('a PKCS#12 bundle opens with its password and holds key and chain', { skip: openssl }, async (t) => {
  const cwd = t.testdir({ password: 'open sesame\n', empty: '\n' });
  await runCommand(t, cwd, 0, 'ca init --development');
  const { json, stdout } = await runCommand(
    t,
    cwd,
    0,
    'device issue phone --key rsa-3072 --p12-password-file password --json',
  );
  t.notMatch(stdout, /sesame/);
  t.equal(statSync(join(cwd, json.files.bundle)).mode & 0o777, 0o600);
  const opened = await runTool(
    'openssl',
    ['pkcs12', '-in', json.files.bundle, '-passin', 'file:password', '-nodes', '-info'],
    { cwd },
  );
  t.equal(opened.code, 0, opened.stderr);
  t.equal(opened.stdout.match(/BEGIN CERTIFICATE/g)?.length, 3);
  t.match(opened.stdout, /BEGIN PRIVATE KEY/);
  t.match(
    (await runCommand(t, cwd, 1, 'device issue p2 --p12-password-file empty')).stderr,
    /--p12-password-file empty is empty.*password_required/,
  );
});

t.test('renew says whether there is a present certificate that goes on', async (t) => {
  const cwd = t.testdir();
  await runCommand(t, cwd, 0, 'ca init --development');
  const { json: issued } = await runCommand(t, cwd, 0, 'device issue d1 --json');
  t.match((await runCommand(t, cwd, 0, 'device renew d1')).stdout, /The present one stays good until/);
  const { json } = await runCommand(t, cwd, 0, 'device show d1 --json');
  for (const { serial } of json.certificates)
    await runCommand(t, cwd, 0, `device revoke d1 --certificate ${serial} --yes`);
  t.equal(json.certificates[0].serial, issued.certificate.serial);
  t.match((await runCommand(t, cwd, 0, 'device renew d1')).stdout, /The former ones have ended: /);
});

t.test('late renewals, expiring devices, and mistakes', async (t) => {
  const cwd = t.testdir();
  await runCommand(t, cwd, 0, 'ca init --development');
  await runCommand(t, cwd, 0, 'device issue soon --days 1');
  await runCommand(t, cwd, 0, 'device issue later --days 90');
  const ids = async (line: string) =>
    (await runCommand(t, cwd, 0, line)).json.map(({ id }: { id: string }) => id);
  t.same(await ids('device list --expiring 2d --json'), ['soon']);
  t.same(await ids('device list --expiring 100d --json'), ['soon', 'later']);
  const key = join(cwd, 'certs/device-ca.key');
  chmodSync(key, 0o644);
  const warned = await runCommand(t, cwd, 0, 'device list --status revoked --json');
  t.same(warned.json, []);
  t.match(warned.stderr, /^warning: certs\/device-ca\.key .*mode 0644\): chmod 600 certs\/device-ca\.key\n$/);
  chmodSync(key, 0o600);

  const before = Date.now();
  const late = await runCommand(t, cwd, 0, 'device renew soon --late --for 24h --json');
  t.ok(Math.abs(late.json.late_renewal_until - before - 86_400_000) < 60_000);
  t.match((await runCommand(t, cwd, 0, 'device show soon')).stdout, /^Late renewal +allowed once, until 2/m);
  await runCommand(t, cwd, 0, 'device renew soon --late --cancel');
  t.match((await runCommand(t, cwd, 0, 'device show soon')).stdout, /^Late renewal +not allowed$/m);

  const cases: readonly (readonly [code: number, line: string, says: RegExp])[] = [
    [2, 'device renew soon --for 24h', /--for and --cancel go with --late/],
    [2, 'device renew soon --late --for 24h --cancel', /either --for or --cancel/],
    [2, 'device renew soon --late --for 60d', /at most 31d/],
    [2, 'device renew soon --csr x --late', /cannot be used with/],
    [2, 'device issue x --key ed25519', /Allowed choices are ec-p256, rsa-3072/],
    [2, 'device issue x --crl-url ftp://x', /http or https/],
    [2, 'device revoke soon --reason superseded', /Allowed choices/],
    [1, 'device renew nobody', /"nobody" is not registered.*unknown_device/],
    [1, 'device replace nobody', /unknown_device/],
    [1, 'device revoke nobody', /unknown_device/],
    [1, 'device show nobody', /unknown_device/],
    [1, 'device issue soon', /has a certificate until.*already_exists/],
    [78, 'device issue x --passphrase-file nowhere', /--passphrase-file nowhere cannot be read/],
  ];
  for (const [code, line, says] of cases) {
    t.match((await runCommand(t, cwd, code, line)).stderr, says, line);
  }
  const wrong = { VITALWIRE_CRL_URL: 'ftp://lists' };
  t.match((await runCommand(t, cwd, 78, 'device issue x', wrong)).stderr, /VITALWIRE_CRL_URL/);
});
