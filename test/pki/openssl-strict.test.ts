import type { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { authorityKeyOf, chainPem, type Issuer } from '../../src/pki/certificate.ts';
import {
  type CertificateAuthority,
  createIssuingAuthority,
  createRootAuthority,
} from '../../src/pki/certificate-authority.ts';
import { issueDeviceCertificate } from '../../src/pki/device-certificate.ts';
import { generateKeyPair, type KeyAlgorithm } from '../../src/pki/key-pair.ts';
import { encodePem } from '../../src/pki/pem.ts';
import { issueRevocationList, type RevocationEntry } from '../../src/pki/revocation-list.ts';
import { issueServerCertificate } from '../../src/pki/server-certificate.ts';
import { runTool, skipWithout } from '../support/external-tool.ts';
import { keyPairs } from './pki-keys.ts';

const now = Date.now();
const organization = 'Vitalwire';
const directory = mkdtempSync(join(tmpdir(), 'vitalwire-pki-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const path = (name: string): string => join(directory, name);

const crlUrlOf = (authority: CertificateAuthority): string =>
  `https://vitals.example.org:9443/crl/${authorityKeyOf(authority.certificate).slice(0, 16)}.crl`;

const leafKeys = keyPairs();

/** Everything that an installation issues, with all its authorities' keys of one kind and the leaves' of another. */
function installation(name: string, keyAlgorithm: KeyAlgorithm, leaves: KeyAlgorithm) {
  const root = createRootAuthority({ organization, commonName: 'Vitalwire Root CA' }, now, keyAlgorithm);
  const issuing = (commonName: string, purpose: 'clientAuth' | 'serverAuth'): CertificateAuthority =>
    createIssuingAuthority(root, {
      subject: { organization, commonName },
      purpose,
      crlUrl: crlUrlOf(root),
      keyAlgorithm,
      now,
    });
  const deviceCa = issuing('Device CA', 'clientAuth');
  const serverCa = issuing('Server CA', 'serverAuth');
  const { publicKey } = leafKeys[leaves];
  const deviceOf = (device: string): X509Certificate =>
    issueDeviceCertificate(deviceCa, {
      device,
      organization,
      publicKey,
      crlUrl: crlUrlOf(deviceCa),
      validityDays: 90,
      now,
    });
  const server = issueServerCertificate(serverCa, {
    names: ['localhost', 'vitals.example.org', '127.0.0.1', '::1', '2001:db8::12.34.56.78'],
    organization,
    publicKey,
    crlUrl: crlUrlOf(serverCa),
    now,
  });
  const device = deviceOf('wrist-7');
  const revoked = deviceOf('wrist-8');
  const files = {
    'root.crt': chainPem(root.certificate),
    'device-ca.crt': chainPem(deviceCa.certificate),
    'server-ca.crt': chainPem(serverCa.certificate),
    'device.crt': chainPem(device),
    'revoked.crt': chainPem(revoked),
    'server.crt': chainPem(server),
    'device-chain.crt': chainPem(device, deviceCa.certificate, root.certificate),
    'revoked-chain.crt': chainPem(revoked, deviceCa.certificate, root.certificate),
    'server-chain.crt': chainPem(server, serverCa.certificate, root.certificate),
    'all.crl': [
      listOf(root),
      listOf(deviceCa, { serial: revoked.serialNumber, at: now - 60_000, reason: 'keyCompromise' }),
      listOf(serverCa),
    ].join(''),
    'device-ca-revoked.crl': [
      listOf(root, { serial: deviceCa.certificate.serialNumber, at: now, reason: 'cACompromise' }),
      listOf(deviceCa),
    ].join(''),
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(path(`${name}-${file}`), text);
  return { name, keyAlgorithm, leaves, deviceCa, device };
}

function listOf(issuer: Issuer, ...entries: RevocationEntry[]): string {
  const times = { thisUpdate: now - 60_000, nextUpdate: now + 86_400_000 };
  return encodePem('X509 CRL', issueRevocationList(issuer, { number: 7n, ...times, entries }));
}

const p256 = installation('p256', 'ec-p256', 'ec-p256');
const installations = [
  p256,
  installation('rsa', 'rsa-3072', 'rsa-3072'),
  installation('mixed', 'ec-p256', 'rsa-3072'),
];

const verify = (
  name: string,
  purpose: string,
  untrusted: string,
  leaf: string,
  { crls = 'all.crl', checks = ['-crl_check_all'] } = {},
) =>
  runTool('openssl', [
    ...['verify', '-x509_strict', '-check_ss_sig', ...checks, '-CRLfile', path(`${name}-${crls}`)],
    ...['-purpose', purpose, '-CAfile', path(`${name}-root.crt`)],
    ...['-untrusted', path(`${name}-${untrusted}`), path(`${name}-${leaf}`)],
  ]);

t.test('openssl accepts every certificate in strict mode for its own purpose, with its CRLs', async (t) => {
  for (const { name } of installations) {
    for (const [purpose, untrusted, leaf] of [
      ['any', 'device-ca.crt', 'root.crt'],
      ['any', 'root.crt', 'device-ca.crt'],
      ['any', 'root.crt', 'server-ca.crt'],
      ['sslclient', 'device-ca.crt', 'device.crt'],
      ['sslserver', 'server-ca.crt', 'server.crt'],
    ] as const) {
      const result = await verify(name, purpose, untrusted, leaf);
      t.equal(result.code, 0, `${name}: ${leaf} as ${purpose}: ${result.stderr}`);
    }
  }
});

t.test('openssl refuses what a CRL lists, leaf or authority, and what has no CRL', async (t) => {
  for (const { name } of installations) {
    const leaf = await verify(name, 'sslclient', 'device-ca.crt', 'revoked.crt');
    t.match(leaf.stderr, /certificate revoked/, name);
    const below = await verify(name, 'sslclient', 'device-ca.crt', 'device.crt', {
      crls: 'device-ca-revoked.crl',
    });
    t.match(below.stderr, /certificate revoked/, name);
    const without = await verify(name, 'sslserver', 'server-ca.crt', 'server.crt', {
      crls: 'device-ca-revoked.crl',
    });
    t.match(without.stderr, /unable to get certificate CRL/, name);
  }
});

t.test('openssl refuses a certificate used for the other purpose', async (t) => {
  t.not((await verify('p256', 'sslserver', 'device-ca.crt', 'device.crt')).code, 0);
  t.not((await verify('p256', 'sslclient', 'server-ca.crt', 'server.crt')).code, 0);
});

t.test('openssl refuses an authority below an issuing one, and a leaf below a leaf', async (t) => {
  const below = createIssuingAuthority(p256.deviceCa, {
    subject: { organization, commonName: 'Third CA' },
    purpose: 'clientAuth',
    crlUrl: null,
    now,
  });
  const underLeaf = { certificate: p256.device, privateKey: generateKeyPair().privateKey };
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
    writeFileSync(path(`p256-${name}-above.crt`), chainPem(issuer.certificate, p256.deviceCa.certificate));
    writeFileSync(path(`p256-${name}-below.crt`), chainPem(certificate));
    const result = await verify('p256', 'sslclient', `${name}-above.crt`, `${name}-below.crt`, {
      checks: [],
    });
    t.not(result.code, 0, name);
    t.match(result.stderr, /path length|invalid CA/i, name);
  }
});

t.test('openssl reads the names, usages and algorithm that were asked for', async (t) => {
  const text = async (file: string) =>
    (await runTool('openssl', ['x509', '-in', path(file), '-noout', '-text'])).stdout;
  for (const { name, keyAlgorithm, leaves } of installations) {
    const shownDevice = await text(`${name}-device.crt`);
    t.match(
      shownDevice,
      keyAlgorithm === 'ec-p256'
        ? /Signature Algorithm: ecdsa-with-SHA256/
        : /Signature Algorithm: sha256WithRSAEncryption/,
    );
    t.match(shownDevice, leaves === 'ec-p256' ? /NIST CURVE: P-256/ : /Public-Key: \(3072 bit\)/);
    t.match(shownDevice, /X509v3 Key Usage: critical\s+Digital Signature\n/);
    t.match(shownDevice, /X509v3 Extended Key Usage: \s*TLS Web Client Authentication\n/);
    t.match(shownDevice, /X509v3 Subject Alternative Name: \s*URI:urn:vitalwire:device:wrist-7\n/);
    t.match(shownDevice, /X509v3 Basic Constraints: \s*CA:FALSE\n/);
    const distribution =
      /X509v3 CRL Distribution Points: \s*Full Name:\s*URI:https:\/\/vitals\.example\.org:9443\/crl\/[0-9a-f]{16}\.crl\n/;
    t.match(shownDevice, distribution);
    const shownServer = await text(`${name}-server.crt`);
    t.match(shownServer, /DNS:localhost, DNS:vitals\.example\.org, IP Address:127\.0\.0\.1/);
    t.match(shownServer, /IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:C22:384E/);
    t.match(shownServer, distribution);
    const shownRoot = await text(`${name}-root.crt`);
    t.match(shownRoot, /Basic Constraints: critical\s+CA:TRUE, pathlen:1\n/);
    t.notMatch(shownRoot, /CRL Distribution Points/);
    const shownAuthority = await text(`${name}-device-ca.crt`);
    t.match(shownAuthority, /Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/);
    t.match(shownAuthority, /Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    t.match(shownAuthority, distribution);
  }
});

t.test(
  'GnuTLS certtool accepts both chains with their CRLs, and refuses a revoked leaf',
  { skip: skipWithout('certtool', 'gnutls-bin') },
  async (t) => {
    const check = (name: string, chain: string) =>
      runTool('certtool', [
        ...['--verify', '--load-ca-certificate', path(`${name}-root.crt`)],
        ...['--load-crl', path(`${name}-all.crl`), '--infile', path(`${name}-${chain}`)],
      ]);
    for (const { name } of installations) {
      for (const chain of ['device-chain.crt', 'server-chain.crt']) {
        const result = await check(name, chain);
        t.equal(result.code, 0, `${name} ${chain}: ${result.stdout}${result.stderr}`);
        t.match(result.stdout, /Chain verification output: Verified/);
      }
      t.match((await check(name, 'revoked-chain.crt')).stdout, /revoked/i, name);
    }
  },
);
