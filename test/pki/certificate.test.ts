import { generateKeyPairSync, type X509Certificate } from 'node:crypto';
import t from 'tap';
import {
  authorityKeyOf,
  BACKDATE_MS,
  commonNameOf,
  issueCertificate,
  issuerKeyOf,
} from '../../src/pki/certificate.ts';
import { createIssuingAuthority, createRootAuthority } from '../../src/pki/certificate-authority.ts';
import { deviceNamedBy, isClientOnly, issueDeviceCertificate } from '../../src/pki/device-certificate.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../src/pki/extension.ts';
import { generateKeyPair } from '../../src/pki/key-pair.ts';
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

t.test('an authority is known by its key, and what it issues says so', async (t) => {
  const key = authorityKeyOf(deviceCa.certificate);
  t.match(key, /^[0-9a-f]{40}$/);
  t.equal(issuerKeyOf(issue('d1')), key);
  t.equal(issuerKeyOf(deviceCa.certificate), authorityKeyOf(root.certificate));
  t.equal(issuerKeyOf(root.certificate), authorityKeyOf(root.certificate));
  const again = createRootAuthority({ organization, commonName: 'Root' }, now);
  t.not(authorityKeyOf(again.certificate), authorityKeyOf(root.certificate), 'not by its name');
});

t.test('a CRL URL that readers could not fetch is refused', async (t) => {
  const request = {
    device: 'd1',
    organization,
    publicKey: generateKeyPair().publicKey,
    validityDays: 1,
    now,
  };
  t.ok(issueDeviceCertificate(deviceCa, { ...request, crlUrl: 'http://[::1]:8080/crl/a.crl' }));
  for (const crlUrl of ['', 'crl/a.crl', 'ldap://host/cn', 'http://', 'https://h\u00f6st/', 'https://a b/']) {
    t.throws(
      () => issueDeviceCertificate(deviceCa, { ...request, crlUrl }),
      { code: 'invalid_crl_url' },
      crlUrl,
    );
  }
});

t.test('keys that are weak or unusual are neither certified nor used to sign', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const ed25519 = generateKeyPairSync('ed25519');
  const request = { device: 'd1', organization, crlUrl: null, validityDays: 1, now };
  for (const { publicKey, privateKey } of [rsa, p384, ed25519]) {
    const type = String(publicKey.asymmetricKeyType);
    t.throws(
      () => issueDeviceCertificate(deviceCa, { ...request, publicKey }),
      { code: 'key_unsupported' },
      type,
    );
    const weak = { certificate: deviceCa.certificate, privateKey };
    const { publicKey: good } = generateKeyPair();
    t.throws(
      () => issueDeviceCertificate(weak, { ...request, publicKey: good }),
      { code: 'key_unsupported' },
      type,
    );
  }
});

t.test('the common name is told for messages', async (t) => {
  t.equal(commonNameOf(deviceCa.certificate), 'Device CA');
});
