import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { listAuthorities, loadDeviceTrust } from '../../src/identity/authorities.ts';
import { revokeAuthority } from '../../src/identity/authority-revocation.ts';
import { rotateAuthority } from '../../src/identity/authority-rotation.ts';
import { authorityPaths, loadAuthority, loadCertificate } from '../../src/identity/certificate-directory.ts';
import { setUpCertificates } from '../../src/identity/certificate-setup.ts';
import { openDeviceIssuer } from '../../src/identity/device-issuance.ts';
import { type ListPublication, publishRevocationLists } from '../../src/identity/revocation-lists.ts';
import { authorityKeyOf } from '../../src/pki/certificate.ts';
import { verifyRevocationList } from '../../src/pki/revocation-list.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';

const DAY_MS = 86_400_000;

async function world(t: Test) {
  const fixture = await certificateFixture();
  t.teardown(() => fixture[Symbol.asyncDispose]());
  const publish = (now: number, more: { force?: boolean; passphrase?: string } = {}) =>
    publishRevocationLists({ directory: fixture.directory, registry: fixture.registry, now, ...more });
  const deviceList = (lists: readonly ListPublication[]) =>
    lists.find(({ authority }) => authority.name === 'device' && authority.state === 'current');
  return { ...fixture, publish, deviceList };
}

t.test('each authority lists what it issued and what has ended before its time', async (t) => {
  const { registry, enrol, publish, deviceList } = await world(t);
  const now = Date.now();
  const [one, two, three, four] = [
    await enrol('d1'),
    await enrol('d2'),
    await enrol('d3'),
    await enrol('d4'),
  ];
  await registry.endCertificate(one.certificate.thumbprint, 'keyCompromise', now - 5000);
  await registry.revokeDevice(two.id, 'cessationOfOperation', now - 3000);
  await registry.setDeviceStatus(three.id, 'suspended');
  const lists = await publish(now);
  t.same(
    lists.map(({ authority, outcome, list }) => [authority.name, outcome, list?.entries.length]),
    [
      ['root', 'published', 0],
      ['device', 'published', 3],
      ['server', 'published', 0],
    ],
  );
  const list = deviceList(lists);
  const reasons = new Map(list?.list?.entries.map(({ serial, reason }) => [serial, reason]));
  t.equal(reasons.get(one.certificate.serial), 'keyCompromise');
  t.equal(reasons.get(two.certificate.serial), 'cessationOfOperation');
  t.equal(reasons.get(three.certificate.serial), 'certificateHold');
  t.notOk(reasons.has(four.certificate.serial));
  t.equal(list?.list?.nextUpdate, Math.floor(now / 1000) * 1000 + 7 * DAY_MS);
  await registry.setDeviceStatus(three.id, 'active');
  t.equal(deviceList(await publish(now))?.list?.entries.length, 2, 'a hold is taken back');
});

t.test('a list is made anew when it changed, is half over or cannot be read; its number grows', async (t) => {
  const { registry, enrol, publish, deviceList } = await world(t);
  const { certificate } = await enrol('d1');
  const now = Date.now();
  const first = deviceList(await publish(now));
  t.equal(deviceList(await publish(now + 1000))?.outcome, 'unchanged');
  await registry.endCertificate(certificate.thumbprint, 'keyCompromise', now);
  const second = deviceList(await publish(now));
  t.equal(second?.outcome, 'published');
  t.ok((second?.list?.number ?? 0n) > (first?.list?.number ?? 0n), 'within the same second');
  t.equal(deviceList(await publish(now + 3 * DAY_MS))?.outcome, 'unchanged');
  t.equal(deviceList(await publish(now + 4 * DAY_MS))?.outcome, 'published', 'more than half over');
  writeFileSync(second?.file ?? '', 'no list');
  const mended = deviceList(await publish(now + 5 * DAY_MS));
  t.equal(mended?.outcome, 'published');
  t.ok((mended?.list?.number ?? 0n) > (second?.list?.number ?? 0n), 'though the former list was lost');
});

t.test('an entry goes a day after its certificate would have ended', async (t) => {
  const { registry, enrol, publish, deviceList } = await world(t);
  const { certificate } = await enrol('d1');
  await registry.endCertificate(certificate.thumbprint, 'superseded', Date.now());
  const end = certificate.not_after;
  t.equal(deviceList(await publish(end + DAY_MS - 1))?.list?.entries.length, 1);
  t.equal(deviceList(await publish(end + DAY_MS + 1))?.list?.entries.length, 0);
});

t.test(
  'what a registry does not know of stays listed: one that was lost or put back forgets no revocation',
  async (t) => {
    const { directory, registry, enrol, publish, deviceList } = await world(t);
    const now = Date.now();
    const [revoked, held] = [await enrol('d1'), await enrol('d2')];
    await registry.revokeDevice(revoked.id, 'keyCompromise', now);
    await registry.setDeviceStatus(held.id, 'suspended');
    await publish(now);
    await using lost = await openSqliteRegistry({
      path: join(directory, 'begun-anew.db'),
      onError: (error) => t.fail(error.message),
    });
    const listed = async (at: number) => {
      const { list } =
        deviceList(await publishRevocationLists({ directory, registry: lost, now: at, force: true })) ?? {};
      return new Map(list?.entries.map(({ serial, reason }) => [serial, reason]));
    };
    t.same(
      await listed(now + DAY_MS),
      new Map([
        [revoked.certificate.serial, 'keyCompromise'],
        [held.certificate.serial, 'certificateHold'],
      ]),
    );
    t.equal((await listed(now + 825 * DAY_MS)).size, 2, 'as long as it could still be good');
    t.equal((await listed(now + 827 * DAY_MS)).size, 0, 'and no longer');
  },
);

t.test('a key that is offline or does not open leaves the list as it is, and says so', async (t) => {
  const { directory, registry, publish } = await world(t);
  rmSync(authorityPaths(directory, 'root').key);
  t.match(await publish(Date.now()), [
    { outcome: 'key_offline', list: null },
    { outcome: 'published' },
    { outcome: 'published' },
  ]);
  const locked = `${directory}-locked`;
  const names = { serverNames: ['localhost'], crlUrl: null, development: false };
  await setUpCertificates({ directory: locked, ...names, passphrase: 'long and secret', now: Date.now() });
  const request = { directory: locked, registry, now: Date.now() };
  t.match(await publishRevocationLists(request), [{ outcome: 'key_offline' }, {}, {}]);
  await t.rejects(publishRevocationLists({ ...request, passphrase: 'wrong' }), { code: 'passphrase_wrong' });
  t.match(await publishRevocationLists({ ...request, passphrase: 'long and secret' }), [
    { outcome: 'published' },
    { outcome: 'published' },
    { outcome: 'published' },
  ]);
});

t.test('after a rotation both authorities are trusted, and both list what they issued', async (t) => {
  const { directory, registry, enrol, publish } = await world(t);
  const old = await enrol('d1');
  const now = Date.now();
  const request = { directory, registry, name: 'device', crlUrl: 'https://crl.example', now } as const;
  const { former, current, ended } = await rotateAuthority({ ...request, compromised: false });
  t.equal(ended, 0);
  t.not(former.subject, current.subject);
  t.equal(
    (await loadCertificate(authorityPaths(directory, 'device').certificate, directory)).fingerprint256,
    current.fingerprint256,
  );
  const young = await enrol('d2');
  t.equal(young.certificate.authority, authorityKeyOf(current));
  await registry.revokeDevice(old.id, 'keyCompromise', now);
  await registry.revokeDevice(young.id, 'keyCompromise', now);
  const lists = await publish(now);
  t.same(
    lists.map(({ authority, list }) => [authority.name, authority.state, list?.entries.map((e) => e.serial)]),
    [
      ['root', 'current', []],
      ['device', 'current', [young.certificate.serial]],
      ['server', 'current', []],
      ['device', 'retired', [old.certificate.serial]],
    ],
  );
  const trust = await loadDeviceTrust(directory);
  for (const authority of [former, current]) t.ok(trust.includes(authority.toString()));
});

t.test(
  'a compromised authority takes all it issued with it, and stands on the list of the root',
  async (t) => {
    const { directory, registry, enrol, publish } = await world(t);
    const old = await enrol('d1');
    const now = Date.now();
    const request = { directory, registry, name: 'device', crlUrl: null, now } as const;
    const { former, ended } = await rotateAuthority({ ...request, compromised: true });
    t.equal(ended, 1);
    t.match(registry.certificate(old.certificate.thumbprint), {
      status: 'revoked',
      ended: { reason: 'cACompromise' },
    });
    t.notOk((await loadDeviceTrust(directory)).includes(former.toString()));
    t.match(
      (await listAuthorities(directory)).map(({ state }) => state),
      ['current', 'current', 'current', 'revoked'],
    );
    const [root] = await publish(now);
    t.match(root?.list?.entries, [{ serial: former.serialNumber, reason: 'cACompromise' }]);
  },
);

t.test('a revoked authority issues no more, also before another has taken its place', async (t) => {
  const { directory, registry, enrol } = await world(t);
  const { certificate } = await enrol('d1');
  const authority = await loadCertificate(authorityPaths(directory, 'device').certificate, directory);
  t.equal(await revokeAuthority({ directory, registry, authority, now: Date.now() }), 1);
  t.equal(registry.certificate(certificate.thumbprint)?.status, 'revoked');
  await t.rejects(enrol('d2'), { code: 'authority_revoked', message: /ca -- rotate device/ });
  await t.rejects(openDeviceIssuer(directory, { crlUrl: null }), { code: 'authority_revoked' });
  const request = { directory, registry, name: 'device', crlUrl: null, now: Date.now() } as const;
  await rotateAuthority({ ...request, compromised: false });
  await t.resolves(enrol('d2'));
  t.same(
    (await listAuthorities(directory)).map(({ state }) => state),
    ['current', 'current', 'current', 'revoked'],
  );
});

t.test('a rotation that was interrupted between key and certificate is completed by another', async (t) => {
  const { directory, registry, enrol } = await world(t);
  await enrol('d1');
  const paths = authorityPaths(directory, 'device');
  const before = readFileSync(paths.certificate, 'utf8');
  const request = { directory, registry, name: 'device', crlUrl: null, compromised: false } as const;
  await rotateAuthority({ ...request, now: Date.now() });
  // As it was after the new key was written, and before its certificate.
  writeFileSync(paths.certificate, before);
  await t.rejects(loadAuthority(directory, 'device'), { code: 'credential_invalid' });
  await rotateAuthority({ ...request, now: Date.now() });
  await t.resolves(loadAuthority(directory, 'device'));
  t.equal((await listAuthorities(directory)).length, 4, 'the former is retired once');
  await t.resolves(enrol('d2'));
});

const noOpenSsl = skipWithout('openssl', 'openssl');
t.test('OpenSSL verifies what was issued before and after a rotation', { skip: noOpenSsl }, async (t) => {
  const { directory, registry, enrol, publish } = await world(t);
  const old = await enrol('d1');
  const request = { directory, registry, name: 'device', crlUrl: null, compromised: false } as const;
  await rotateAuthority({ ...request, now: Date.now() });
  const young = await enrol('d2');
  const gone = await enrol('d3');
  await registry.revokeDevice(gone.id, 'keyCompromise', Date.now());
  const lists = await publish(Date.now());
  const pem: string[] = [];
  for (const { file, authority } of lists) {
    verifyRevocationList(readFileSync(file), authority.certificate);
    const shown = await runTool('openssl', ['crl', '-inform', 'DER', '-in', file]);
    pem.push(shown.stdout);
  }
  const crls = `${directory}/all.crl.pem`;
  writeFileSync(crls, pem.join(''));
  const verify = (file: string) =>
    runTool('openssl', [
      ...['verify', '-x509_strict', '-crl_check_all', '-CRLfile', crls],
      ...['-CAfile', authorityPaths(directory, 'root').certificate, '-untrusted', file, file],
    ]);
  for (const { files } of [old, young]) {
    const { code, stderr } = await verify(files.certificate);
    t.equal(code, 0, stderr);
  }
  t.match((await verify(gone.files.certificate)).stderr, /certificate revoked/);
});
