import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { chainPem } from '../../src/pki/certificate.ts';
import { createIssuingAuthority, createRootAuthority } from '../../src/pki/certificate-authority.ts';
import { issueDeviceCertificate } from '../../src/pki/device-certificate.ts';
import { generateKeyPair } from '../../src/pki/key-pair.ts';
import { issueServerCertificate } from '../../src/pki/server-certificate.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';

const now = Date.now();
const organization = 'Vitalwire';
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-pki-'));
t.teardown(() => rmSync(directory, { recursive: true }));

const root = createRootAuthority({ organization, commonName: 'Vitalwire Root CA' }, now);
const deviceCa = createIssuingAuthority(root, {
  subject: { organization, commonName: 'Device CA' },
  purpose: 'clientAuth',
  crlUrl: null,
  now,
});
const serverCa = createIssuingAuthority(root, {
  subject: { organization, commonName: 'Server CA' },
  purpose: 'serverAuth',
  crlUrl: null,
  now,
});
const device = issueDeviceCertificate(deviceCa, {
  device: 'wrist-7',
  organization,
  publicKey: generateKeyPair().publicKey,
  crlUrl: null,
  validityDays: 90,
  now,
});
const server = issueServerCertificate(serverCa, {
  names: ['localhost', 'vitals.example.org', '127.0.0.1', '::1', '2001:db8::12.34.56.78'],
  organization,
  publicKey: generateKeyPair().publicKey,
  crlUrl: null,
  now,
});

const path = (name: string): string => join(directory, name);
writeFileSync(path('root.crt'), chainPem(root.certificate));
writeFileSync(path('device-ca.crt'), chainPem(deviceCa.certificate));
writeFileSync(path('server-ca.crt'), chainPem(serverCa.certificate));
writeFileSync(path('device.crt'), chainPem(device));
writeFileSync(path('server.crt'), chainPem(server));
writeFileSync(path('device-chain.crt'), chainPem(device, deviceCa.certificate, root.certificate));
writeFileSync(path('server-chain.crt'), chainPem(server, serverCa.certificate, root.certificate));

const verify = (purpose: string, untrusted: string, leaf: string) =>
  runTool('openssl', [
    ...['verify', '-x509_strict', '-check_ss_sig', '-purpose', purpose, '-CAfile', path('root.crt')],
    ...['-untrusted', path(untrusted), path(leaf)],
  ]);

t.test('openssl accepts every certificate in strict mode for its own purpose', async (t) => {
  for (const [purpose, untrusted, leaf] of [
    ['any', 'device-ca.crt', 'root.crt'],
    ['any', 'root.crt', 'device-ca.crt'],
    ['any', 'root.crt', 'server-ca.crt'],
    ['sslclient', 'device-ca.crt', 'device.crt'],
    ['sslserver', 'server-ca.crt', 'server.crt'],
  ] as const) {
    const result = await verify(purpose, untrusted, leaf);
    t.equal(result.code, 0, `${leaf} as ${purpose}: ${result.stderr}`);
  }
});

t.test('openssl refuses a certificate used for the other purpose', async (t) => {
  t.not((await verify('sslserver', 'device-ca.crt', 'device.crt')).code, 0);
  t.not((await verify('sslclient', 'server-ca.crt', 'server.crt')).code, 0);
});

t.test('openssl refuses an authority below an issuing one, and a leaf below a leaf', async (t) => {
  const below = createIssuingAuthority(deviceCa, {
    subject: { organization, commonName: 'Third CA' },
    purpose: 'clientAuth',
    crlUrl: null,
    now,
  });
  const underLeaf = { certificate: device, privateKey: generateKeyPair().privateKey };
  for (const [name, issuer] of [
    ['third', below],
    ['leaf', underLeaf],
  ] as const) {
    const certificate = issueDeviceCertificate(issuer, {
      device: 'deep-1',
      organization,
      publicKey: generateKeyPair().publicKey,
      crlUrl: null,
      validityDays: 1,
      now,
    });
    writeFileSync(path(`${name}-chain.crt`), chainPem(issuer.certificate, deviceCa.certificate));
    writeFileSync(path(`${name}.crt`), chainPem(certificate));
    const result = await verify('sslclient', `${name}-chain.crt`, `${name}.crt`);
    t.not(result.code, 0, name);
    t.match(result.stderr, /path length|invalid CA/i, name);
  }
});

t.test('openssl reads the names, usages and algorithm that were asked for', async (t) => {
  const text = async (file: string) =>
    (await runTool('openssl', ['x509', '-in', path(file), '-noout', '-text'])).stdout;
  const shownDevice = await text('device.crt');
  t.match(shownDevice, /Signature Algorithm: ecdsa-with-SHA256/);
  t.match(shownDevice, /X509v3 Key Usage: critical\s+Digital Signature\n/);
  t.match(shownDevice, /X509v3 Extended Key Usage: \s*TLS Web Client Authentication\n/);
  t.match(shownDevice, /X509v3 Subject Alternative Name: \s*URI:urn:vitalwire:device:wrist-7\n/);
  t.match(shownDevice, /X509v3 Basic Constraints: \s*CA:FALSE\n/);
  const shownServer = await text('server.crt');
  t.match(shownServer, /DNS:localhost, DNS:vitals\.example\.org, IP Address:127\.0\.0\.1/);
  t.match(shownServer, /IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:C22:384E/);
  t.match(await text('root.crt'), /Basic Constraints: critical\s+CA:TRUE, pathlen:1\n/);
  t.match(await text('device-ca.crt'), /Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
  t.match(await text('device-ca.crt'), /Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
});

t.test('GnuTLS certtool accepts both chains', { skip: skipWithout('certtool', 'gnutls-bin') }, async (t) => {
  for (const chain of ['device-chain.crt', 'server-chain.crt']) {
    const result = await runTool('certtool', [
      ...['--verify', '--load-ca-certificate', path('root.crt'), '--infile', path(chain)],
    ]);
    t.equal(result.code, 0, `${chain}: ${result.stdout}${result.stderr}`);
    t.match(result.stdout, /Chain verification output: Verified/);
  }
});
