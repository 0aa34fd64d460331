import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { rotateAuthority } from '../../src/identity/authority-rotation.ts';
import {
  authorityPaths,
  loadAuthority,
  serverPaths,
  tokenKeyPath,
} from '../../src/identity/certificate-directory.ts';
import { setUpCertificates } from '../../src/identity/certificate-setup.ts';
import { CredentialReload } from '../../src/identity/credential-reload.ts';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import { KeyFileGuard } from '../../src/identity/key-files.ts';
import { issueServerCredentials } from '../../src/identity/server-credentials.ts';
import { deviceId } from '../../src/model/ids.ts';
import { createLog } from '../../src/observe/log.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { chainPem, issueCertificate, selfSign } from '../../src/pki/certificate.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../src/pki/extension.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { manualClock } from '../support/manual-clock.ts';

const DAY_MS = 86_400_000;
/** Looks after which what is wrong is told. */
const PATIENCE = 3;

/** A certificates directory of its own with a reload over it, whose looks are made by hand. */
async function world(t: Test, options: { production?: boolean; serverNames?: string[] } = {}) {
  const fixture = await certificateFixture();
  const base = mkdtempSync(join(tmpdir(), 'vitalwire-reload-'));
  const directory = join(base, 'certs');
  const { production = false, serverNames = ['localhost'] } = options;
  const now = Date.now();
  await setUpCertificates({ directory, serverNames, development: !production, crlUrl: null, now });
  const clock = manualClock(now);
  const metrics = createMetrics();
  const lines: string[] = [];
  const warnings: string[] = [];
  const reload = await CredentialReload.open({
    directory,
    production,
    serverNames,
    listNumbers: join(base, 'crl-numbers.json'),
    registry: fixture.registry,
    clock,
    log: createLog('info', { write: (line) => void lines.push(line) }),
    metrics,
    keyFiles: new KeyFileGuard({ production, warn: ({ message }) => void warnings.push(message) }),
  });
  t.teardown(async () => {
    reload[Symbol.dispose]();
    await fixture[Symbol.asyncDispose]();
    rmSync(base, { recursive: true, force: true });
  });
  const paths = serverPaths(directory);
  return {
    directory,
    registry: fixture.registry,
    reload,
    clock,
    metrics,
    warnings,
    paths,
    serial: () => new X509Certificate(reload.server.cert).serialNumber,
    logged: (event: string) => lines.map((line) => JSON.parse(line)).filter((line) => line.event === event),
    async look(times = PATIENCE) {
      for (let i = 0; i < times; i++) await reload.look();
    },
    /** A good pair for the server, put in place as the script does. */
    renew: (more: { names?: string[]; validityDays?: number; now?: number } = {}) =>
      issueServerCredentials({ directory, names: serverNames, crlUrl: null, now, ...more }),
  };
}

type World = Awaited<ReturnType<typeof world>>;

t.test('a new pair comes into use at the next look; untouched files do nothing', async (t) => {
  const { reload, renew, look, serial, logged } = await world(t);
  let told = 0;
  reload.onTls(() => told++);
  await look();
  t.same([told, logged('credentials_reloaded').length], [0, 0], 'the pair of the start is not news');
  const certificate = await renew();
  await look(1);
  t.equal(serial(), certificate.serialNumber);
  t.equal(told, 1);
  t.match(logged('credentials_reloaded'), [{ name: 'server_certificate' }]);
  await look();
  t.equal(told, 1);
  t.equal(logged('credentials_refused').length, 0);
  t.equal(reload.health().state, 'ok');
});

t.test('a pair that is written file by file is waited for, without a word', async (t) => {
  const { renew, look, serial, paths, logged } = await world(t);
  const before = { key: readFileSync(paths.key), cert: readFileSync(paths.certificate), serial: serial() };
  const certificate = await renew();
  const after = { key: readFileSync(paths.key), cert: readFileSync(paths.certificate) };
  writeFileSync(paths.certificate, before.cert);
  await look(PATIENCE - 1);
  t.equal(serial(), before.serial, 'the new key with the old certificate is no pair');
  writeFileSync(paths.certificate, after.cert);
  await look(1);
  t.equal(serial(), certificate.serialNumber);
  t.equal(logged('credentials_refused').length, 0);
});

/** A pair for the server that some rule forbids, by name: how it is put in place, and the code it is refused with. */
const BAD_PAIRS: Readonly<Record<string, readonly [(world: World) => unknown, string]>> = {
  'no PEM': [({ paths }) => writeFileSync(paths.certificate, 'hello'), 'credential_invalid'],
  empty: [({ paths }) => writeFileSync(paths.certificate, ''), 'credential_invalid'],
  'cut off': [
    ({ paths }) => writeFileSync(paths.certificate, readFileSync(paths.certificate).subarray(0, 300)),
    'credential_invalid',
  ],
  'not there': [({ paths }) => rmSync(paths.certificate), 'credential_missing'],
  'a directory': [
    ({ paths, directory }) => {
      rmSync(paths.certificate);
      renameSync(mkdtempSync(join(directory, 'd')), paths.certificate);
    },
    'credential_unreadable',
  ],
  'a pipe that nobody writes to': [
    ({ paths }) => {
      rmSync(paths.certificate);
      execFileSync('mkfifo', [paths.certificate]);
    },
    'credential_unreadable',
  ],
  'without end': [
    ({ paths }) => truncateSync(paths.certificate, 8 * 1024 * 1024 * 1024),
    'credential_unreadable',
  ],
  'the key of another': [
    ({ paths }) => writeFileSync(paths.key, privateKeyToPem(generateKeyPair().privateKey)),
    'credential_invalid',
  ],
  'a chain that is no chain': [
    ({ paths }) =>
      writeFileSync(
        paths.certificate,
        `${readFileSync(paths.certificate)}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      ),
    'credential_invalid',
  ],
  expired: [
    ({ renew }) => renew({ now: Date.now() - 40 * DAY_MS, validityDays: 30 }),
    'credential_not_in_time',
  ],
  'not yet valid': [({ renew }) => renew({ now: Date.now() + DAY_MS }), 'credential_not_in_time'],
  'other names': [({ renew }) => renew({ names: ['elsewhere.example.org'] }), 'server_name_missing'],
  "a client's": [(world) => putLeaf(world, 'clientAuth'), 'credential_wrong_purpose'],
  "an authority's": [
    ({ directory, paths }) => {
      const authority = authorityPaths(directory, 'server');
      writeFileSync(paths.key, readFileSync(authority.key));
      writeFileSync(paths.certificate, readFileSync(authority.certificate));
    },
    'credential_wrong_purpose',
  ],
};

async function putLeaf({ directory, paths }: World, purpose: 'clientAuth' | 'serverAuth'): Promise<void> {
  const authority = await loadAuthority(directory, 'server');
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = issueCertificate(
    {
      subject: { organization: 'Test', commonName: 'leaf' },
      publicKey,
      notBefore: Date.now() - DAY_MS,
      notAfter: Date.now() + DAY_MS,
      extensions: [
        basicConstraints(null),
        keyUsage('digitalSignature'),
        extendedKeyUsage(purpose),
        subjectAltName({ kind: 'dns', name: 'localhost' }),
      ],
    },
    authority,
  );
  writeFileSync(paths.key, privateKeyToPem(privateKey));
  writeFileSync(paths.certificate, chainPem(certificate, authority.certificate));
}

for (const [name, [put, code]] of Object.entries(BAD_PAIRS)) {
  t.test(`a server certificate that is ${name} is refused, and the one in use stays`, async (t) => {
    const at = await world(t);
    const { reload, look, serial, logged, metrics, renew } = at;
    const before = serial();
    await put(at);
    await look(PATIENCE + 5);
    t.equal(serial(), before);
    t.match(
      logged('credentials_refused'),
      [{ name: 'server_certificate', code, reason: String }],
      'told once',
    );
    t.match(reload.health(), { state: 'degraded', detail: `server_certificate refused: ${code}` });
    t.notMatch(reload.health().detail, at.directory, 'no path for strangers');
    t.match(
      (await metrics.exposition()).body,
      /^vitalwire_credentials_refused\{name="server_certificate"\} 1$/m,
    );
    rmSync(at.paths.certificate, { recursive: true, force: true });
    const good = await renew();
    await look(1);
    t.equal(serial(), good.serialNumber, 'a good one is taken as soon as it is there');
    t.equal(reload.health().state, 'ok');
    t.match(
      (await metrics.exposition()).body,
      /^vitalwire_credentials_refused\{name="server_certificate"\} 0$/m,
    );
  });
}

t.test('each state of bad files is told once, and the former files make it well again', async (t) => {
  const { paths, look, logged, reload, serial } = await world(t);
  const before = serial();
  const aside = `${paths.certificate}.aside`;
  renameSync(paths.certificate, aside);
  await look(5);
  writeFileSync(paths.certificate, 'one');
  await look(5);
  writeFileSync(paths.certificate, 'two');
  await look(5);
  t.match(
    logged('credentials_refused').map(({ code }) => code),
    ['credential_missing', 'credential_invalid', 'credential_invalid'],
  );
  renameSync(aside, paths.certificate);
  await look(1);
  t.equal(reload.health().state, 'ok');
  t.equal(serial(), before);
  t.equal(logged('credentials_reloaded').length, 0);
});

t.test('production takes no key that others can read, until it is put right', async (t) => {
  const { reload, renew, look, serial, paths, directory, logged, warnings } = await world(t, {
    production: true,
  });
  const former = serial();
  const next = await renew();
  chmodSync(paths.key, 0o640);
  chmodSync(tokenKeyPath(directory), 0o604);
  await look();
  t.equal(serial(), former);
  t.match(reload.health(), {
    state: 'degraded',
    detail: /server_certificate refused: key_readable_by_others, token_keys refused: key_readable_by_others/,
  });
  t.match(logged('credentials_refused')[0]?.reason, /server\.key .*mode 0640.*: chmod 600 .*server\.key$/);
  chmodSync(paths.key, 0o600);
  chmodSync(tokenKeyPath(directory), 0o400);
  await look(1);
  t.equal(serial(), next.serialNumber);
  t.equal(reload.health().state, 'ok');
  t.same(warnings, []);
});

t.test('development takes one, and warns once', async (t) => {
  const { reload, renew, look, serial, paths, warnings } = await world(t);
  const next = await renew();
  chmodSync(paths.key, 0o644);
  await look();
  t.equal(serial(), next.serialNumber);
  t.equal(reload.health().state, 'ok');
  t.match(warnings, [/server\.key .*chmod 600/]);
  await renew();
  await look();
  chmodSync(paths.key, 0o644);
  await look();
  t.equal(warnings.length, 2, 'and once more when it happens again');
});

t.test('production takes no development certificate, for itself or for devices', async (t) => {
  const at = await world(t, { production: true });
  await using development = await certificateFixture();
  const pair = serverPaths(development.directory);
  writeFileSync(at.paths.key, readFileSync(pair.key));
  writeFileSync(at.paths.certificate, readFileSync(pair.certificate));
  for (const name of ['root', 'device'] as const) {
    const from = authorityPaths(development.directory, name).certificate;
    writeFileSync(authorityPaths(at.directory, name).certificate, readFileSync(from));
  }
  const before = at.reload.deviceTrust;
  await at.look();
  t.match(
    at.logged('credentials_refused').map(({ name, code }) => `${name} ${code}`),
    ['server_certificate development_keys_in_production', 'device_trust development_keys_in_production'],
  );
  t.equal(at.reload.deviceTrust, before);
});

t.test(
  'after a rotation both device authorities are trusted; a bundle from before it is refused',
  async (t) => {
    const { directory, registry, reload, look, logged } = await world(t);
    const path = authorityPaths(directory, 'device').certificate;
    const former = readFileSync(path, 'utf8');
    const now = Date.now();
    await rotateAuthority({ directory, registry, name: 'device', crlUrl: null, compromised: false, now });
    await look(1);
    const rotated = reload.deviceTrust;
    t.equal(rotated.match(/BEGIN CERTIFICATE/g)?.length, 3);
    t.ok(rotated.includes(former) && rotated.includes(readFileSync(path, 'utf8')));
    t.match(logged('credentials_reloaded'), [{ name: 'device_trust' }]);

    const id = deviceId('new-1');
    await enrolDevice({
      registry,
      directory,
      device: id,
      description: 'test',
      intervalMs: null,
      now,
    });
    writeFileSync(path, former);
    await look();
    t.equal(reload.deviceTrust, rotated, 'devices of the new authority still get in');
    t.match(logged('credentials_refused'), [{ name: 'device_trust', code: 'authority_missing' }]);
  },
);

t.test('a device authority that is not as it must be is refused', async (t) => {
  await using stranger = await certificateFixture();
  const { privateKey, publicKey } = generateKeyPair();
  const leaf = selfSign(
    {
      subject: { organization: 'Test', commonName: 'leaf' },
      publicKey,
      notBefore: Date.now() - DAY_MS,
      notAfter: Date.now() + DAY_MS,
      extensions: [basicConstraints(null), keyUsage('digitalSignature')],
    },
    privateKey,
  );
  const cases: Readonly<Record<string, readonly [string, string]>> = {
    "another installation's": [
      readFileSync(authorityPaths(stranger.directory, 'device').certificate, 'utf8'),
      'credential_invalid',
    ],
    'a leaf': [leaf.toString(), 'credential_invalid'],
    'no PEM': ['hello', 'credential_invalid'],
  };
  for (const [name, [content, code]] of Object.entries(cases)) {
    const { directory, reload, look, logged } = await world(t);
    const before = reload.deviceTrust;
    writeFileSync(authorityPaths(directory, 'device').certificate, content);
    await look();
    t.match(logged('credentials_refused'), [{ name: 'device_trust', code }], name);
    t.equal(reload.deviceTrust, before, name);
  }
  const { directory, reload, look, logged, clock } = await world(t);
  const before = reload.deviceTrust;
  clock.jump(6 * 365 * DAY_MS);
  writeFileSync(join(directory, 'ended.json'), '[]');
  await look();
  t.match(
    logged('credentials_refused').find(({ name }) => name === 'device_trust'),
    { code: 'credential_not_in_time' },
    'ended',
  );
  t.equal(reload.deviceTrust, before);
});

t.test('token keys that cannot sign are refused, and the former ones go on', async (t) => {
  const { directory, reload, look, logged } = await world(t);
  const { kid } = reload.keys.current(Date.now()).signing;
  for (const content of ['', '{', '{"keys":[]}', '{"kty":"EC"}']) {
    writeFileSync(join(directory, 'token-key.json'), content);
    await look();
    t.equal(reload.keys.current(Date.now()).signing.kid, kid, content);
  }
  t.ok(logged('credentials_refused').every(({ name }) => name === 'token_keys'));
  t.equal(logged('credentials_refused').length, 4);
});

t.test(
  'a directory of lists that cannot be read is told once, and does not keep the rest from its files',
  async (t) => {
    const { directory, reload, look, logged, renew, serial } = await world(t);
    writeFileSync(join(directory, 'crl'), 'no directory');
    await look(5);
    t.match(logged('credentials_refused'), [{ name: 'crl', code: 'ENOTDIR' }]);
    t.match(reload.health(), { state: 'degraded', detail: 'crl refused: ENOTDIR' });
    const certificate = await renew();
    await look(1);
    t.equal(serial(), certificate.serialNumber);
    rmSync(join(directory, 'crl'));
    await look(1);
    t.equal(reload.health().state, 'ok');
  },
);

t.test('what ends within a day is told once a day, in the log, in health and as a metric', async (t) => {
  const { reload, look, logged, clock, metrics, renew } = await world(t);
  await renew({ validityDays: 3 });
  await look(1);
  t.same(logged('credential_ends'), []);
  clock.jump(2 * DAY_MS + 3_600_000);
  await look(5);
  t.match(logged('credential_ends'), [{ level: 40, name: 'server_certificate' }]);
  t.match(reload.health(), { state: 'degraded', detail: /^server_certificate ends 2/ });
  clock.jump(DAY_MS);
  await look(5);
  t.match(logged('credential_ends'), [{ level: 40 }, { level: 50, name: 'server_certificate' }]);
  const left = /^vitalwire_certificate_expires_seconds\{name="server_certificate"\} (\S+)$/m.exec(
    (await metrics.exposition()).body,
  );
  t.ok(Number(left?.[1]) < 0, 'a certificate that has ended counts below 0');
  t.match(
    (await metrics.exposition()).body,
    /^vitalwire_certificate_expires_seconds\{name="device_ca"\} \d+$/m,
  );
});
