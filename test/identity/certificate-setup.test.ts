import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { listAuthorities, loadDeviceTrust } from '../../src/identity/authorities.ts';
import {
  loadAuthority,
  loadServerCredentials,
  loadTokenKeys,
} from '../../src/identity/certificate-directory.ts';
import { ensureDevelopmentCertificates, setUpCertificates } from '../../src/identity/certificate-setup.ts';
import { writeCredential } from '../../src/identity/credential-file.ts';
import { isDevelopmentCertificate } from '../../src/identity/development-mark.ts';
import { runTool } from '../support/external-tool.ts';

const now = Date.now();
const serverNames = ['localhost', '127.0.0.1'];
const FILES = [
  ...['root-ca.key', 'root-ca.crt', 'device-ca.key', 'device-ca.crt', 'server-ca.key', 'server-ca.crt'],
  ...['server.key', 'server.crt', 'token-key.json'],
];
const read = (directory: string, file: string): string => readFileSync(join(directory, file), 'utf8');
const snapshot = (directory: string): Record<string, string> =>
  Object.fromEntries(FILES.map((file) => [file, read(directory, file)]));

t.test(
  'makes everything once, keys for their owner alone, and says DEVELOPMENT in every subject',
  async (t) => {
    const directory = join(t.testdir(), 'deep', 'certs');
    const first = await ensureDevelopmentCertificates({ directory, serverNames, now });
    t.same(first.created, FILES);
    t.same(readdirSync(directory).sort(), [...FILES].sort(), 'no temporary file is left');
    t.equal(statSync(directory).mode & 0o777, 0o700);
    for (const file of FILES) {
      const mode = statSync(join(directory, file)).mode & 0o777;
      t.equal(mode, file.endsWith('.crt') ? 0o644 : 0o600, file);
      if (!file.endsWith('.crt')) continue;
      t.match(new X509Certificate(read(directory, file)).subject, /DEVELOPMENT/, file);
      t.ok(isDevelopmentCertificate(read(directory, file)), file);
    }
    const before = snapshot(directory);
    t.same((await ensureDevelopmentCertificates({ directory, serverNames, now })).created, []);
    t.same(snapshot(directory), before, 'nothing is touched');

    const verified = await runTool('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', 'localhost'],
      ...['-CAfile', join(directory, 'root-ca.crt'), '-untrusted', join(directory, 'server.crt')],
      join(directory, 'server.crt'),
    ]);
    t.equal(verified.code, 0, verified.stderr);
  },
);

t.test('completes whatever is missing after an interruption', async (t) => {
  const directory = t.testdir();
  await ensureDevelopmentCertificates({ directory, serverNames, now });
  for (const gone of [['server.crt'], ['server.key'], ['token-key.json'], ['server-ca.crt', 'server.crt']]) {
    for (const file of gone) rmSync(join(directory, file));
    const { created } = await ensureDevelopmentCertificates({ directory, serverNames, now });
    for (const file of gone) t.ok(created.includes(file), file);
    await loadServerCredentials(directory);
    await loadTokenKeys(directory);
  }
});

t.test('a development server certificate follows new names and is renewed when it has ended', async (t) => {
  const directory = t.testdir();
  await ensureDevelopmentCertificates({ directory, serverNames, now });
  const named = await ensureDevelopmentCertificates({ directory, serverNames: ['ward.example.org'], now });
  t.same(named.created, ['server.key', 'server.crt']);
  const later = now + 400 * 86_400_000;
  const renewed = await ensureDevelopmentCertificates({
    directory,
    serverNames: ['ward.example.org'],
    now: later,
  });
  t.same(renewed.created, ['server.key', 'server.crt']);
  t.ok(new X509Certificate(read(directory, 'server.crt')).validToDate.getTime() > later);
});

t.test('with a passphrase the authorities keys are encrypted and the subjects are plain', async (t) => {
  const directory = t.testdir();
  const crlUrl = 'https://crl.example/lists';
  const setup = { directory, serverNames, passphrase: 'long and secret', development: false, crlUrl, now };
  await setUpCertificates(setup);
  for (const name of ['root', 'device', 'server'] as const) {
    t.match(read(directory, `${name}-ca.key`), /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    t.ok(await loadAuthority(directory, name, setup.passphrase));
    await t.rejects(loadAuthority(directory, name), { code: 'passphrase_required' });
    await t.rejects(loadAuthority(directory, name, 'other'), { code: 'passphrase_wrong' });
    t.notOk(isDevelopmentCertificate(read(directory, `${name}-ca.crt`)));
  }
  const [root, device, server] = await listAuthorities(directory);
  const names = (file: string, keyId = ''): boolean =>
    new X509Certificate(read(directory, file)).raw.includes(`${crlUrl}/${keyId}.crl`);
  t.ok(names('device-ca.crt', root?.keyId), "the root's list");
  t.ok(names('server.crt', server?.keyId), "the server authority's list");
  t.notOk(names('server.crt', device?.keyId));
  t.notOk(isDevelopmentCertificate(read(directory, 'server.crt')));
  t.same((await setUpCertificates(setup)).created, [], 'again: nothing to do');
  await t.rejects(setUpCertificates({ ...setup, serverNames: ['new.example.org'] }), {
    code: 'server_certificate_differs',
    message: /new\.example\.org.*remove it and run this again/,
  });
});

t.test('development and production certificates never share a directory', async (t) => {
  const directory = t.testdir({ development: {}, production: {} });
  const development = join(directory, 'development');
  const production = join(directory, 'production');
  await ensureDevelopmentCertificates({ directory: development, serverNames, now });
  const plain = { serverNames, passphrase: 'p', development: false, crlUrl: null, now };
  await setUpCertificates({ ...plain, directory: production });
  await t.rejects(setUpCertificates({ ...plain, directory: development }), {
    code: 'development_keys_mixed',
  });
  await t.rejects(ensureDevelopmentCertificates({ directory: production, serverNames, now }), {
    code: 'development_keys_mixed',
  });
});

t.test('a lost or foreign root is an error, never a silent new one', async (t) => {
  const directory = t.testdir({ a: {}, b: {} });
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  await ensureDevelopmentCertificates({ directory: a, serverNames, now });
  await ensureDevelopmentCertificates({ directory: b, serverNames, now });
  rmSync(join(a, 'root-ca.crt'));
  await t.rejects(ensureDevelopmentCertificates({ directory: a, serverNames, now }), {
    code: 'root_missing',
  });
  t.notOk(existsSync(join(a, 'root-ca.crt')));
  await writeCredential(join(a, 'root-ca.crt'), read(b, 'root-ca.crt'), 'public');
  await t.rejects(ensureDevelopmentCertificates({ directory: a, serverNames, now }), {
    code: 'credential_invalid',
  });
});

t.test('loading names the file and the cure', async (t) => {
  const directory = t.testdir();
  await t.rejects(loadServerCredentials(directory), {
    code: 'credential_missing',
    message: `${directory}/server.crt does not exist: make it with "npm run ca -- init --certs ${directory}"`,
  });
  await t.rejects(loadDeviceTrust(directory), { code: 'credential_missing' });
  await t.rejects(loadTokenKeys(directory), { code: 'credential_missing' });
  await ensureDevelopmentCertificates({ directory, serverNames, now });
  await writeCredential(join(directory, 'server.key'), read(directory, 'root-ca.key'), 'private');
  await t.rejects(loadServerCredentials(directory), {
    code: 'credential_invalid',
    message: /server\.key is not the key of .*server\.crt/,
  });
  await writeCredential(join(directory, 'token-key.json'), '{"kty":"RSA"}', 'private');
  await t.rejects(loadTokenKeys(directory), { code: 'credential_invalid', message: /token-key\.json/ });
  await writeCredential(join(directory, 'device-ca.crt'), 'not PEM', 'public');
  await t.rejects(loadDeviceTrust(directory), { code: 'credential_invalid', message: /device-ca\.crt/ });
});
