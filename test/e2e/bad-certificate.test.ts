import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { authorityPaths, loadAuthority } from '../../src/identity/certificate-directory.ts';
import { keyThumbprintOf, thumbprintOf } from '../../src/identity/device-identity.ts';
import { deviceId } from '../../src/model/ids.ts';
import { chainPem, selfSign } from '../../src/pki/certificate.ts';
import type { CertificateAuthority } from '../../src/pki/certificate-authority.ts';
import { issueDeviceCertificate } from '../../src/pki/device-certificate.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../src/pki/extension.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import { ask, askToken, type RawPeer, upgrade } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

const DAY_MS = 86_400_000;
const server = await runningServer(t);
const good = await goodDevice(server);
const certs = join(server.directory, 'certs');
const ca = readFileSync(authorityPaths(certs, 'root').certificate, 'utf8');

/** A certificate by the book for `device`, with its key; nobody has registered it. */
function issued(authority: CertificateAuthority, device: string, now = Date.now(), validityDays = 90) {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = issueDeviceCertificate(authority, {
    device,
    organization: 'Test',
    publicKey,
    crlUrl: null,
    validityDays,
    now,
  });
  const peer: RawPeer = {
    ca,
    key: privateKeyToPem(privateKey),
    cert: chainPem(certificate, authority.certificate),
  };
  return { certificate, peer };
}

function selfSigned(device: string): RawPeer {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = selfSign(
    {
      subject: { organization: 'Test', commonName: device },
      publicKey,
      notBefore: Date.now() - DAY_MS,
      notAfter: Date.now() + DAY_MS,
      extensions: [
        basicConstraints(null),
        keyUsage('digitalSignature'),
        extendedKeyUsage('clientAuth'),
        subjectAltName({ kind: 'uri', uri: `urn:vitalwire:device:${device}` }),
      ],
    },
    privateKey,
  );
  return { ca, key: privateKeyToPem(privateKey), cert: chainPem(certificate) };
}

interface LogLine {
  readonly event?: string;
  readonly reason?: string;
  readonly code?: string;
  readonly route?: string;
}
const logged = (): LogLine[] => server.log.map((line) => JSON.parse(line) as LogLine);
const refusals = (): LogLine[] => logged().filter(({ event }) => event === 'tls_refused');

t.test('a certificate that does not verify is refused in the handshake, and the log says why', async (t) => {
  await using stranger = await certificateFixture();
  const { files } = await stranger.enrol('good-1');
  const device = await loadAuthority(certs, 'device');
  const expired = issued(device, 'good-1', Date.now() - 3 * DAY_MS, 1);
  await server.registry.addCertificate({
    thumbprint: thumbprintOf(expired.certificate.raw),
    serial: expired.certificate.serialNumber,
    key_thumbprint: keyThumbprintOf(expired.certificate.publicKey),
    follows: null,
    device: deviceId('good-1'),
    not_before: expired.certificate.validFromDate.getTime(),
    not_after: expired.certificate.validToDate.getTime(),
    status: 'active',
    authority: '',
    ended: null,
  });
  const cases: Readonly<Record<string, readonly [RawPeer, RegExp]>> = {
    'no certificate': [{ ca }, /peer did not return a certificate/],
    'a certificate of another authority': [
      {
        ca,
        key: readFileSync(files.key, 'utf8'),
        cert: readFileSync(files.certificate, 'utf8'),
      },
      /^(UNABLE_TO_GET_ISSUER_CERT_LOCALLY|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/,
    ],
    'a self-signed certificate': [selfSigned('good-1'), /^DEPTH_ZERO_SELF_SIGNED_CERT$/],
    'an expired certificate, though registered': [expired.peer, /^CERT_HAS_EXPIRED$/],
  };
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [name, [peer, reason]] of Object.entries(cases)) {
      const before = refusals().length;
      await t.rejects(
        askToken(server, { ...peer, minVersion: version, maxVersion: version }),
        `${version}, ${name}: no answer`,
      );
      const refusal = await eventually(() => refusals()[before]);
      t.match(refusal.reason, reason, `${version}, ${name}: logged`);
    }
  }
  await good.goesOn(t);
});

t.test('a peer that speaks too old a TLS, or none, is refused and logged', async (t) => {
  const wearable = await server.wearable('old-1');
  let before = refusals().length;
  await t.rejects(
    ask(server.deviceUrl, {
      ...wearable,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    }),
  );
  t.match((await eventually(() => refusals()[before])).reason, /unsupported protocol|version/i);
  before = refusals().length;
  await t.rejects(fetch(server.deviceUrl.replace('https', 'http')));
  t.match((await eventually(() => refusals()[before])).reason, /http request|wrong version/i);
  await good.goesOn(t);
});

t.test("a certificate that verifies and is not the registry's is answered 401 before any 101", async (t) => {
  const authority = await loadAuthority(certs, 'device');
  const twin = issued(authority, 'good-1');
  const borrowed = issued(authority, 'good-1');
  await server.wearable('other-1');
  await server.registry.addCertificate({
    thumbprint: thumbprintOf(borrowed.certificate.raw),
    serial: borrowed.certificate.serialNumber,
    key_thumbprint: keyThumbprintOf(borrowed.certificate.publicKey),
    follows: null,
    device: deviceId('other-1'),
    not_before: borrowed.certificate.validFromDate.getTime(),
    not_after: borrowed.certificate.validToDate.getTime(),
    status: 'active',
    authority: '',
    ended: null,
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const cases = [
    ['right authority, never registered', twin.peer, 'certificate_unknown'],
    ['registered for another device', borrowed.peer, 'certificate_malformed'],
  ] as const;
  for (const [name, peer, code] of cases) {
    const before = logged().length;
    for (const answer of [
      await askToken(server, peer),
      await upgrade(server.deviceUrl, peer, { authorization: 'Bearer e30.e30.e30' }),
    ]) {
      if (!('status' in answer)) throw new Error(`${name}: let in`);
      t.equal(answer.status, 401, name);
      t.match(answer.headers, {
        'content-type': /^application\/problem\+json/,
        'www-authenticate': /^Bearer /,
      });
      t.match(answer.body, { code, status: 401, type: `urn:vitalwire:error:${code}`, title: 'Unauthorized' });
    }
    const denied = logged()
      .slice(before)
      .filter((line) => line.event === 'denied');
    t.match(
      denied,
      [
        { code, route: '/v1/token' },
        { code, route: '/v1/stream' },
      ],
      `${name}: both logged`,
    );
  }
  await good.goesOn(t);
});

t.test('after all of them the good device still streams', (t) => good.goesOn(t));
