import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { authorityPaths, loadAuthority } from '../../src/identity/certificate-directory.ts';
import { keyThumbprintOf, thumbprintOf } from '../../src/identity/device-identity.ts';
import { deviceId } from '../../src/model/ids.ts';
import { authorityKeyOf, chainPem } from '../../src/pki/certificate.ts';
import type { CertificateAuthority } from '../../src/pki/certificate-authority.ts';
import { issueDeviceCertificate } from '../../src/pki/device-certificate.ts';
import { generateKeyPair, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import { ask, askToken, type RawPeer, upgrade } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
const server = await runningServer(t);
const good = await goodDevice(server);
const certs = join(server.directory, 'certs');
const ca = readFileSync(authorityPaths(certs, 'root').certificate, 'utf8');
const authority = await loadAuthority(certs, 'device');
const cacerts = `${server.deviceUrl}/.well-known/est/cacerts`;
const refusals = (): { reason?: string }[] =>
  server.log.map((line) => JSON.parse(line)).filter(({ event }) => event === 'tls_refused');

/** A certificate that ended two days ago. */
function expired(device: string, issuer: CertificateAuthority = authority) {
  const { privateKey, publicKey } = generateKeyPair();
  const certificate = issueDeviceCertificate(issuer, {
    device,
    organization: 'Test',
    publicKey,
    crlUrl: null,
    validityDays: 1,
    now: Date.now() - 3 * DAY_MS,
  });
  const peer: RawPeer = {
    ca,
    key: privateKeyToPem(privateKey),
    cert: chainPem(certificate, issuer.certificate),
  };
  return { certificate, peer };
}

/** A device whose one certificate has expired, with a late renewal allowed until `lateUntil`. */
async function lateDevice(name: string, lateUntil: number | null, issuer?: CertificateAuthority) {
  const id = deviceId(name);
  const { certificate, peer } = expired(name, issuer);
  await server.registry.addDevice({
    id,
    status: 'active',
    description: 'test',
    interval_ms: null,
    created: Date.now(),
    late_renewal_until: null,
  });
  await server.registry.addCertificate({
    thumbprint: thumbprintOf(certificate.raw),
    serial: certificate.serialNumber,
    key_thumbprint: keyThumbprintOf(certificate.publicKey),
    follows: null,
    device: id,
    authority: authorityKeyOf(authority.certificate),
    not_before: certificate.validFromDate.getTime(),
    not_after: certificate.validToDate.getTime(),
    status: 'active',
    ended: null,
  });
  await server.registry.allowLateRenewal(id, lateUntil);
  await seen();
  return { id, peer };
}

/** Longer than the server takes to see another process's change. */
const seen = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

t.test(
  'an expired certificate gets through the handshake for renewal alone, when an admin allows it',
  async (t) => {
    const { id, peer: late } = await lateDevice('late-1', Date.now() + HOUR_MS);
    for (const version of VERSIONS) {
      const peer = { ...late, minVersion: version, maxVersion: version };
      t.match(await ask(cacerts, peer), { status: 200 }, `${version}: cacerts`);
      const closed = { status: 401, body: { code: 'certificate_expired' } };
      t.match(await askToken(server, peer), closed, `${version}: no token`);
      t.match(
        await upgrade(server.deviceUrl, peer, { authorization: 'Bearer e30.e30.e30' }),
        closed,
        `${version}: no stream`,
      );
      for (const path of [
        '/.well-known/jwks.json',
        '/openapi.json',
        '/nowhere',
        '/.well-known/est/../../v1/token',
      ])
        t.match(
          await ask(`${server.deviceUrl}${path}`, { ...peer, path }),
          closed,
          `${version}: not ${path}`,
        );
    }
    await server.registry.allowLateRenewal(id, null);
    await seen();
    await t.rejects(ask(cacerts, late), 'and not when it is allowed no more');
    await good.goesOn(t);
  },
);

t.test('an expired certificate that is not allowed late renewal ends in the handshake', async (t) => {
  await using stranger = await certificateFixture();
  const foreign = await loadAuthority(stranger.directory, 'device');
  const suspended = await lateDevice('suspended-1', Date.now() + HOUR_MS);
  await server.registry.setDeviceStatus(suspended.id, 'suspended');
  const revoked = await lateDevice('revoked-1', Date.now() + HOUR_MS);
  await server.registry.revokeDevice(revoked.id, 'keyCompromise', Date.now());
  await lateDevice('allowed-1', Date.now() + HOUR_MS);
  const cases: Readonly<Record<string, RawPeer>> = {
    'nobody allowed it': (await lateDevice('late-2', null)).peer,
    'it was allowed until an hour ago': (await lateDevice('late-3', Date.now() - HOUR_MS)).peer,
    'a suspended device': suspended.peer,
    'a revoked device': revoked.peer,
    'another certificate that names an allowed device': expired('allowed-1').peer,
    'the same from another authority': expired('allowed-1', foreign).peer,
  };
  await seen();
  for (const version of VERSIONS) {
    for (const [name, peer] of Object.entries(cases)) {
      const before = refusals().length;
      await t.rejects(
        ask(cacerts, { ...peer, minVersion: version, maxVersion: version }),
        `${version}: ${name}`,
      );
      t.match((await eventually(() => refusals()[before])).reason, /^[A-Z_]+$/, `${version}: logged`);
    }
  }
  await good.goesOn(t);
});
