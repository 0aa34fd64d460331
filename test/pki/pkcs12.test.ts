import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import t from 'tap';
import { createIssuingAuthority, createRootAuthority } from '../../src/pki/certificate-authority.ts';
import { issueDeviceCertificate } from '../../src/pki/device-certificate.ts';
import { generateKeyPair, type KeyAlgorithm, privateKeyFromPem } from '../../src/pki/key-pair.ts';
import { createPkcs12 } from '../../src/pki/pkcs12.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';
import { KEY_ALGORITHMS, keyPairs } from './pki-keys.ts';

const now = Date.now();
const organization = 'Vitalwire';
const password = 'pässwörd \u{1f600} of more than one block of the hash function';
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-pkcs12-'));
t.teardown(() => rmSync(directory, { recursive: true }));

const root = createRootAuthority({ organization, commonName: 'Root' }, now);
const authority = createIssuingAuthority(root, {
  subject: { organization, commonName: 'Device CA' },
  purpose: 'clientAuth',
  crlUrl: null,
  now,
});
const chain = [authority.certificate, root.certificate];
const keys = keyPairs();

function bundle(algorithm: KeyAlgorithm) {
  const { privateKey, publicKey } = keys[algorithm];
  const certificate = issueDeviceCertificate(authority, {
    device: 'wrist-7',
    organization,
    publicKey,
    crlUrl: null,
    validityDays: 90,
    now,
  });
  const content = { privateKey, certificate, chain, password, friendlyName: 'wrist-7' };
  const file = join(directory, `${algorithm}.p12`);
  const der = createPkcs12(content);
  writeFileSync(file, der);
  return { algorithm, content, certificate, privateKey, der, file };
}
const bundles = KEY_ALGORITHMS.map(bundle);

t.test('openssl reads key, certificate, chain and name, and knows the algorithms', async (t) => {
  for (const { algorithm, file, privateKey, certificate } of bundles) {
    const read = await runTool('openssl', [
      ...['pkcs12', '-in', file, '-passin', `pass:${password}`, '-nodes', '-info'],
    ]);
    t.equal(read.code, 0, read.stderr);
    t.match(read.stderr, /MAC: sha256, Iteration \d{6}/i);
    const byPassword = /PBES2, PBKDF2, AES-256-CBC, Iteration \d{6}, PRF hmacWithSHA256/g;
    t.equal(read.stderr.match(byPassword)?.length, 2, 'key and certificates');
    const key = /-----BEGIN PRIVATE KEY-----[\s\S]*?-----END PRIVATE KEY-----\n/.exec(read.stdout)?.[0];
    t.ok(privateKeyFromPem(key ?? '').equals(privateKey), algorithm);
    const certificates = read.stdout.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
    t.same(
      certificates?.map((pem) => new X509Certificate(pem).fingerprint256),
      [certificate, ...chain].map(({ fingerprint256 }) => fingerprint256),
    );
    t.equal(read.stdout.match(/friendlyName: wrist-7/g)?.length, 2);
    const ids = read.stdout.match(/localKeyID: .*/g);
    t.equal(ids?.length, 2);
    t.equal(ids?.[0], ids?.[1], 'key and certificate say that they belong together');
  }
});

t.test('another password opens nothing', async (t) => {
  for (const { file, der } of bundles) {
    const read = await runTool('openssl', ['pkcs12', '-in', file, '-passin', 'pass:wrong', '-nodes']);
    t.not(read.code, 0);
    t.notMatch(read.stdout, /BEGIN/);
    t.ok(createSecureContext({ pfx: der, passphrase: password }), 'Node takes it with the right one');
    t.throws(() => createSecureContext({ pfx: der, passphrase: 'wrong' }));
  }
});

t.test(
  "NSS, the browsers' store, takes key, certificate and chain",
  { skip: skipWithout('pk12util', 'libnss3-tools') },
  async (t) => {
    for (const { algorithm, file } of bundles) {
      const store = join(directory, `nss-${algorithm}`);
      mkdirSync(store);
      const made = await runTool('certutil', ['-N', '--empty-password', '-d', `sql:${store}`]);
      t.equal(made.code, 0, made.stderr);
      const wrong = await runTool('pk12util', ['-i', file, '-d', `sql:${store}`, '-W', 'wrong', '-K', '']);
      t.not(wrong.code, 0);
      const taken = await runTool('pk12util', ['-i', file, '-d', `sql:${store}`, '-W', password, '-K', '']);
      t.equal(taken.code, 0, taken.stderr);
      t.match(taken.stdout, /IMPORT SUCCESSFUL/);
      const shown = await runTool('certutil', ['-L', '-d', `sql:${store}`]);
      t.match(shown.stdout, /wrist-7 +u,u,u/, 'a certificate with its private key');
      t.match(shown.stdout, /Device CA - Vitalwire[\s\S]*Root - Vitalwire/);
      const key = await runTool('certutil', ['-K', '-d', `sql:${store}`]);
      t.match(key.stdout, algorithm === 'ec-p256' ? /ec +[0-9a-f]{40}/ : /rsa +[0-9a-f]{40}/);
    }
  },
);

t.test('GnuTLS reads it', { skip: skipWithout('certtool', 'gnutls-bin') }, async (t) => {
  for (const { file } of bundles) {
    const read = await runTool('certtool', [
      ...['--p12-info', '--inder', '--infile', file, '--password', password],
    ]);
    t.equal(read.code, 0, read.stderr);
    t.match(read.stdout, /MAC: SHA256/);
    t.match(read.stdout, /PBES2-AES256-CBC/);
  }
});

t.test('no password, or the key of another certificate, makes no file', async (t) => {
  const { content } = bundles[0]!;
  t.throws(() => createPkcs12({ ...content, password: '' }), { code: 'password_required' });
  const { privateKey } = generateKeyPair();
  t.throws(() => createPkcs12({ ...content, privateKey }), { code: 'key_not_of_certificate' });
});
