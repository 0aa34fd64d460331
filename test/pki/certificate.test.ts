import type { X509Certificate } from 'node:crypto';
import t from 'tap';
import { BACKDATE_MS, commonNameOf, issueCertificate } from '../../src/pki/certificate.ts';
import { createIssuingAuthority, createRootAuthority } from '../../src/pki/certificate-authority.ts';
import { deviceNamedBy, isClientOnly, issueDeviceCertificate } from '../../src/pki/device-certificate.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../src/pki/extension.ts';
import {
  generateKeyPair,
  isEncryptedPem,
  privateKeyFromPem,
  privateKeyToPem,
} from '../../src/pki/key-pair.ts';
import { issueServerCertificate, namesNotCovered } from '../../src/pki/server-certificate.ts';

const DAY_MS = 86_400_000;
const organization = 'Vitalwire';
const now = Date.UTC(2026, 5, 1, 12);
const root = createRootAuthority({ organization, commonName: 'Root' }, now);
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

const issue = (device: string, at = now, validityDays = 90): X509Certificate =>
  issueDeviceCertificate(deviceCa, {
    device,
    organization,
    publicKey: generateKeyPair().publicKey,
    crlUrl: null,
    validityDays,
    now: at,
  });

t.test('a device certificate begins five minutes ago and ends after its days', async (t) => {
  const certificate = issue('d1');
  t.equal(certificate.validFromDate.getTime(), now - BACKDATE_MS);
  t.equal(certificate.validToDate.getTime(), now + 90 * DAY_MS);
  t.equal(deviceNamedBy(certificate), 'd1');
  t.ok(isClientOnly(certificate));
  t.ok(certificate.checkIssued(deviceCa.certificate));
  t.ok(certificate.verify(deviceCa.certificate.publicKey));
});

t.test('serials are positive, 16 octets and differ', async (t) => {
  const serials = Array.from({ length: 50 }, (_, i) => issue(`d${i}`).serialNumber);
  t.equal(new Set(serials).size, 50);
  for (const serial of serials) t.match(serial, /^[4-7][0-9A-F]{31}$/);
});

t.test('a certificate never outlives its issuer, and an ended issuer issues nothing', async (t) => {
  const end = deviceCa.certificate.validToDate.getTime();
  t.equal(issue('d1', end - DAY_MS).validToDate.getTime(), end);
  t.throws(() => issue('d1', end + DAY_MS), { code: 'issuer_expired' });
});

t.test('dates from 2050 on are written so that they read back the same', async (t) => {
  const at = Date.UTC(2045, 0, 1);
  const late = createRootAuthority({ organization, commonName: 'Late' }, at);
  t.equal(late.certificate.validToDate.getTime(), at + 20 * 365 * DAY_MS);
  t.ok(late.certificate.validToDate.getUTCFullYear() >= 2050);
});

t.test('only a sole, whole device URN names a device', async (t) => {
  const withNames = (...uris: string[]): X509Certificate =>
    issueCertificate(
      {
        subject: { organization, commonName: 'd1' },
        publicKey: generateKeyPair().publicKey,
        notBefore: now,
        notAfter: now + DAY_MS,
        extensions: [
          basicConstraints(null),
          keyUsage('digitalSignature'),
          extendedKeyUsage('clientAuth'),
          subjectAltName(...uris.map((uri) => ({ kind: 'uri', uri }) as const)),
        ],
      },
      deviceCa,
    );
  const urn = 'urn:vitalwire:device:';
  t.equal(deviceNamedBy(withNames(`${urn}d1`)), 'd1');
  for (const uris of [
    [`${urn}d1`, `${urn}d2`],
    [`${urn}d1`, 'https://example.org/'],
    [`${urn}d1\0.evil`],
    [`${urn}d1\0`],
    [`${urn}d1, URI:${urn}d2`],
    [`${urn}d1\n`],
    [`${urn}`],
    [`${urn}../d1`],
    [`x${urn}d1`],
    [`URN:VITALWIRE:DEVICE:d1`],
  ]) {
    t.equal(deviceNamedBy(withNames(...uris)), null, JSON.stringify(uris));
  }
  t.equal(deviceNamedBy(root.certificate), null, 'no alternative name');
});

t.test('server names: hosts and addresses are covered, others are told', async (t) => {
  const names = ['Vitals.Example.org', '*.ward.example.org', '10.1.2.3', 'fe80::1', '::ffff:10.0.0.1'];
  const certificate = issueServerCertificate(serverCa, {
    names,
    organization,
    publicKey: generateKeyPair().publicKey,
    crlUrl: null,
    now,
  });
  t.same(
    namesNotCovered(certificate, ['vitals.example.org', 'a.ward.example.org', '10.1.2.3', 'fe80::1']),
    [],
  );
  t.same(namesNotCovered(certificate, ['example.org', '10.1.2.4', '::1']), [
    'example.org',
    '10.1.2.4',
    '::1',
  ]);
  t.notOk(isClientOnly(certificate));
  for (const bad of [
    '',
    'a b',
    'host,other',
    'x\0y',
    'https://host',
    '-a',
    'fe80::1%eth0',
    `${'a'.repeat(64)}.org`,
  ]) {
    const request = { names: [bad], organization, publicKey: generateKeyPair().publicKey, crlUrl: null, now };
    t.throws(() => issueServerCertificate(serverCa, request), { code: 'invalid_server_name' }, bad);
  }
});

t.test('a passphrase encrypts the key, and only that passphrase opens it', async (t) => {
  const { privateKey } = generateKeyPair();
  const pem = privateKeyToPem(privateKey, 'correct horse');
  t.ok(isEncryptedPem(pem));
  t.ok(privateKeyFromPem(pem, 'correct horse').equals(privateKey));
  t.throws(() => privateKeyFromPem(pem), { code: 'passphrase_required' });
  t.throws(() => privateKeyFromPem(pem, 'wrong'), { code: 'passphrase_wrong' });
  t.throws(() => privateKeyFromPem(pem, ''), { code: 'passphrase_wrong' });
  t.throws(() => privateKeyFromPem('nonsense'), { code: 'key_invalid' });
  const plain = privateKeyToPem(privateKey);
  t.notOk(isEncryptedPem(plain));
  t.ok(privateKeyFromPem(plain).equals(privateKey));
});

t.test('the common name is told for messages', async (t) => {
  t.equal(commonNameOf(deviceCa.certificate), 'Device CA');
});
