import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runTool, skipWithout } from '../support/external-tool.ts';
import { onRecord, refuseKeysOf, runCommand, verifyStrictly } from '../support/script-run.ts';

const skip = skipWithout('openssl', 'openssl');
const GIVEN = '--passphrase-file secret';

t.test('authorities of a production installation are shown, rotated and listed', { skip }, async (t) => {
  const cwd = t.testdir({ secret: 'correct horse battery\n' });
  const outputs: string[] = [];
  const run = async (line: string, code = 0, env: Record<string, string> = {}) => {
    const result = await runCommand(t, cwd, code, line, env);
    outputs.push(result.stdout, result.stderr);
    return result;
  };
  await run(`ca init ${GIVEN} --server-name vitals.example.org`);
  t.equal(
    (await verifyStrictly(cwd, 'certs/server.crt', 'sslserver')).code,
    0,
    'lists from the first moment',
  );
  const { json: shown } = await run('ca show --json');
  t.match(shown.authorities, [
    { name: 'root', state: 'current', key_at_rest: 'encrypted', crl: { state: 'good', entries: 0 } },
    { name: 'device', key_algorithm: 'ec-p256', fingerprint_sha256: /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/ },
    { name: 'server' },
  ]);
  t.equal(shown.token_keys, 1);
  const days = (crl: { this_update: string; next_update: string }) =>
    (Date.parse(crl.next_update) - Date.parse(crl.this_update)) / 86_400_000;
  t.same(
    shown.authorities.map(({ crl }: { crl: { this_update: string; next_update: string } }) => days(crl)),
    [180, 7, 7],
  );

  await run(`device issue d1 ${GIVEN}`);
  await run(`device issue d2 ${GIVEN}`);
  const status = await run('device suspend d1');
  t.match(
    status.stdout,
    /The list of device authority .* is as before: .*is encrypted.*\n.*npm run ca -- crl/,
  );
  t.match((await run('ca crl', 1)).stderr, /no revocation list could be published: .*no_list_published/);
  t.match(
    (await run('ca crl', 1, { VITALWIRE_CA_PASSPHRASE: 'wrong one entirely' })).stderr,
    /device [0-9a-f]{16}: the passphrase does not open .*device-ca\.key/,
  );
  const { json: made } = await run(`ca crl --days 30 ${GIVEN} --json`);
  t.match(made.lists, [
    { outcome: 'published' },
    { outcome: 'published', entries: 1 },
    { outcome: 'published' },
  ]);
  t.equal(days((await run('ca show --json')).json.authorities[0].crl), 30);
  t.match((await verifyStrictly(cwd, 'certs/devices/d1/device.crt')).stderr, /certificate revoked/);
  await run(`device resume d1 ${GIVEN}`);

  // Rotated: the former one goes on, and is still listed for.
  const old = readFileSync(join(cwd, 'certs/devices/d1/device.crt'), 'utf8');
  const { json: rotated } = await run(`ca rotate device ${GIVEN} --json`);
  t.match(rotated, { former: { state: 'retired' }, certificates_ended: 0 });
  t.equal((await verifyStrictly(cwd, 'certs/devices/d1/device.crt')).code, 0, 'the former one goes on');
  await run(`device issue d3 ${GIVEN}`);
  t.equal((await verifyStrictly(cwd, 'certs/devices/d3/device.crt')).code, 0, 'and so does the new one');
  t.not(readFileSync(join(cwd, 'certs/devices/d3/device.crt'), 'utf8'), old);
  await run(`device revoke d2 ${GIVEN}`);
  t.match((await verifyStrictly(cwd, 'certs/devices/d2/device.crt')).stderr, /certificate revoked/);
  const retired = join(cwd, `certs/retired/device-ca-${rotated.former.key_id}.key`);
  t.equal(statSync(retired).mode & 0o777, 0o600);

  // Compromised: the root says so, and its devices are out.
  const { json: ended } = await run(`ca rotate device --compromised --yes ${GIVEN} --json`);
  t.match(ended, { former: { state: 'revoked', key_id: rotated.current.key_id }, certificates_ended: 1 });
  t.match((await verifyStrictly(cwd, 'certs/devices/d3/device.crt')).stderr, /certificate revoked/);
  t.equal((await verifyStrictly(cwd, 'certs/devices/d1/device.crt')).code, 0, 'of the authority before');
  t.match((await run('device show d3 --json')).json.certificates, [{ ended: { reason: 'cACompromise' } }]);
  const states = (await run('ca show --json')).json.authorities.map(
    ({ name, state }: { name: string; state: string }) => `${name} ${state}`,
  );
  t.same(states.sort(), [
    'device current',
    'device retired',
    'device revoked',
    'root current',
    'server current',
  ]);

  // With the root key offline lists go on, rotation does not.
  renameSync(join(cwd, 'certs/root-ca.key'), join(cwd, 'root-ca.key'));
  const without = await run(`ca crl ${GIVEN}`);
  t.match(without.stdout, /^root .*: not published: certs\/root-ca\.key is not there\. In place: number/m);
  t.match(without.stdout, /^device .*: published, number \d+/m);
  t.match((await run(`ca rotate server ${GIVEN}`, 78)).stderr, /root-ca\.key does not exist: bring it back/);
  t.match((await run('ca show')).stdout, /root \(current\)[\s\S]*ec-p256, absent here/);

  // A list that is missing though its key is here: a timer must hear of it, and the other lists are out.
  const locked = readFileSync(retired);
  writeFileSync(retired, 'no key');
  const partly = await run(`ca crl ${GIVEN}`, 1);
  t.match(partly.stdout, /^device .*: not published: .*is not a private key in PEM/m);
  t.match(partly.stdout, /^device .*: published, number \d+/m);
  writeFileSync(retired, locked);

  // Revoking one that has been retired needs no key at all.
  const retiredId = rotated.former.key_id;
  const { json: revoked } = await run(`ca revoke ${retiredId} --yes --json`);
  t.match(revoked, { authority: 'device', was: 'retired', certificates_ended: 1 });
  t.match((await run('device show d1 --json')).json.certificates, [{ ended: { reason: 'cACompromise' } }]);
  const root = (await run('ca show --json')).json.authorities[0].key_id;
  t.match((await run(`ca revoke ${root}`, 1)).stderr, /nothing can revoke a root/);
  t.match((await run('ca revoke 00ff', 1)).stderr, /no authority has the key id "00ff": there are .*device/);

  refuseKeysOf(t, join(cwd, 'certs'), outputs);
  for (const output of outputs) t.notMatch(output, /correct horse/);
  const acts = onRecord(t, cwd);
  t.equal(acts.filter((act) => act.startsWith('authority_made')).length, 3);
  t.equal(acts.filter((act) => act.startsWith('authority_rotated')).length, 2);
  for (const keyId of [rotated.current.key_id, retiredId]) t.ok(acts.includes(`authority_revoked ${keyId}`));
  t.ok(acts.some((act) => act.startsWith('crl_published')));
});

t.test('the authorities can be of RSA throughout', { skip }, async (t) => {
  const cwd = t.testdir();
  await runCommand(t, cwd, 0, 'ca init --development --key rsa-3072');
  await runCommand(t, cwd, 0, 'device issue d1');
  t.equal((await verifyStrictly(cwd, 'certs/devices/d1/device.crt')).code, 0);
  const { stdout } = await runTool('openssl', ['x509', '-in', 'certs/device-ca.crt', '-noout', '-text'], {
    cwd,
  });
  t.match(stdout, /Public-Key: \(3072 bit\)/);
});

t.test('mistakes with authorities are told', async (t) => {
  const cwd = t.testdir();
  t.match((await runCommand(t, cwd, 2, 'ca rotate root')).stderr, /Allowed choices are device, server/);
  t.match((await runCommand(t, cwd, 78, 'ca show')).stderr, /root-ca\.crt does not exist: make it with/);
  t.match((await runCommand(t, cwd, 2, 'ca crl --days 0')).stderr, /1 to 365/);
  t.match((await runCommand(t, cwd, 2, 'ca init --development --crl-url nothing')).stderr, /http or https/);
});
