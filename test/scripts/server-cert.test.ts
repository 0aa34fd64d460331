import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { skipWithout } from '../support/external-tool.ts';
import { onRecord, refuseKeysOf, runCommand, verifyStrictly } from '../support/script-run.ts';

const skip = skipWithout('openssl', 'openssl');

t.test('the server certificate is issued once, renewed with its names, and shown', { skip }, async (t) => {
  const cwd = t.testdir();
  const outputs: string[] = [];
  const run = async (line: string, code = 0) => {
    const result = await runCommand(t, cwd, code, line);
    outputs.push(result.stdout, result.stderr);
    return result;
  };
  const verified = async () => (await verifyStrictly(cwd, 'certs/server.crt', 'sslserver')).code;
  await run('ca init --development --server-name vitals.example.org --server-name ::1');
  t.match((await run('server-cert issue', 1)).stderr, /holds until .*server-cert -- renew.*already_exists/);

  const key = readFileSync(join(cwd, 'certs/server.key'), 'utf8');
  const renewed = await run('server-cert renew --days 90');
  t.match(
    renewed.stdout,
    /for vitals\.example\.org, 0:0:0:0:0:0:0:1\.\nA running server takes it within seconds/,
  );
  t.not(readFileSync(join(cwd, 'certs/server.key'), 'utf8'), key, 'with a new key');
  t.equal(statSync(join(cwd, 'certs/server.key')).mode & 0o777, 0o600);
  t.equal(await verified(), 0);
  const { json: shown } = await run('server-cert show --json');
  t.match(shown, {
    issued_by_current: true,
    names: ['vitals.example.org', '0:0:0:0:0:0:0:1'],
    days_left: 89,
  });

  const { json: named } = await run('server-cert renew --name other.example.org --key rsa-3072 --json');
  t.match(named, {
    names: ['other.example.org'],
    key_algorithm: 'rsa-3072',
    former: shown.serial,
    revoked: false,
  });
  t.equal(await verified(), 0);

  const present = readFileSync(join(cwd, 'certs/server.crt'), 'utf8');
  writeFileSync(join(cwd, 'certs/ended.json'), 'nonsense');
  t.match((await run('server-cert renew --compromised', 78)).stderr, /credential_invalid/);
  t.equal(
    readFileSync(join(cwd, 'certs/server.crt'), 'utf8'),
    present,
    'what cannot be ended stays in sight',
  );
  rmSync(join(cwd, 'certs/ended.json'));
  const { json: again } = await run('server-cert renew --compromised --json');
  t.match(again, { former: named.serial, revoked: true });
  t.equal(await verified(), 0);
  const { json: after } = await run('ca show --json');
  t.match(after.authorities[2], { name: 'server', crl: { entries: 1 } });

  // After a rotation the certificate is of the former authority, until it is renewed.
  await run('ca rotate server');
  t.match((await run('server-cert show')).stdout, /not the present authority: npm run server-cert -- renew/);
  await run('server-cert renew');
  t.equal((await run('server-cert show --json')).json.issued_by_current, true);
  t.equal(await verified(), 0);

  rmSync(join(cwd, 'certs/server.crt'));
  t.match((await run('server-cert renew', 78)).stderr, /server\.crt does not exist/);
  await run('server-cert issue --name vitals.example.org');
  t.equal(await verified(), 0);
  t.match((await run('server-cert renew --name a_b', 2)).stderr, /server name "a_b" is not valid/);
  t.match((await run('server-cert renew --days 398', 2)).stderr, /1 to 397/);

  refuseKeysOf(t, join(cwd, 'certs'), outputs);
  const acts = onRecord(t, cwd);
  t.equal(acts.filter((act) => act === 'server_certificate_issued server').length, 6);
  t.ok(acts.includes(`certificate_revoked ${named.serial}`));
});
