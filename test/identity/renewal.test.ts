import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { identifyDevice, identifyForRenewal } from '../../src/identity/device-identity.ts';
import { openDeviceIssuer } from '../../src/identity/device-issuance.ts';
import { noteUse, RENEWALS_A_DAY, renewCertificate } from '../../src/identity/renewal.ts';
import { authorityKeyOf } from '../../src/pki/certificate.ts';
import { createCertificateRequest, parseCertificateRequest } from '../../src/pki/certificate-request.ts';
import { generateKeyPair } from '../../src/pki/key-pair.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';

const DAY_MS = 86_400_000;

async function aDevice(id: string) {
  const fixture = await certificateFixture();
  const enrolled = await fixture.enrol(id);
  const presented = new X509Certificate(readFileSync(enrolled.files.certificate));
  const issuer = await openDeviceIssuer(fixture.directory, { crlUrl: 'https://crl.example/list' });
  const request = (device = id) =>
    parseCertificateRequest(
      createCertificateRequest({ device, organization: 'Acme', keyPair: generateKeyPair() }),
    );
  return { fixture, enrolled, presented, issuer, request, registry: fixture.registry };
}

t.test('the former certificate is good until the new one is used, then ends', async (t) => {
  const { fixture, enrolled, presented, issuer, request, registry } = await aDevice('d1');
  await using _ = fixture;
  const now = Date.now();
  const identified = identifyDevice(registry, presented, now);
  t.equal(await noteUse(registry, identified, now), false, 'it was in use already');
  const issued = await renewCertificate(registry, issuer, {
    identified,
    request: request(),
    validityDays: 90,
    now,
  });
  t.match(issued.toString(), /BEGIN CERTIFICATE/);
  t.doesNotThrow(() => identifyDevice(registry, presented, now), 'the former still identifies');
  const renewed = identifyDevice(registry, issued, now);
  t.match(renewed.certificate, {
    status: 'pending',
    authority: authorityKeyOf(issuer.authority.certificate),
  });
  t.equal(await noteUse(registry, renewed, now), true);
  t.throws(() => identifyDevice(registry, presented, now), { code: 'certificate_superseded' });
  t.match(registry.certificate(enrolled.certificate.thumbprint)?.ended, { at: now, reason: 'superseded' });
  t.equal(identifyDevice(registry, issued, now).certificate.status, 'active');

  const after = await renewCertificate(registry, issuer, {
    identified: identifyDevice(registry, issued, now),
    request: request(),
    validityDays: 90,
    now,
  });
  t.equal(await noteUse(registry, renewed, now), false, 'a request that was on its way meanwhile');
  t.equal(identifyDevice(registry, after, now).certificate.status, 'pending', 'ends nothing issued since');
});

t.test('who lost their identity while they renewed gets nothing', async (t) => {
  const { fixture, presented, issuer, request, registry } = await aDevice('d1');
  await using _ = fixture;
  const now = Date.now();
  const identified = identifyDevice(registry, presented, now);
  const { device } = identified.certificate;
  const renew = () =>
    renewCertificate(registry, issuer, { identified, request: request(), validityDays: 90, now });
  const issued = await renew();
  const next = identifyDevice(registry, issued, now);
  // What "device -- replace --reason keyCompromise" does: a thief who renews at that moment must not keep a foot in.
  await registry.activateCertificate(next.thumbprint, now, 'keyCompromise');
  await t.rejects(renew(), { name: 'IdentityError', code: 'certificate_revoked' });
  await registry.revokeDevice(device, 'keyCompromise', now);
  await t.rejects(renew(), { name: 'IdentityError', code: 'device_revoked' });
  t.equal(registry.certificatesOf(device).length, 2);
});

t.test('a request that names another device gets nothing', async (t) => {
  const { fixture, presented, issuer, request, registry } = await aDevice('d1');
  await using _ = fixture;
  const now = Date.now();
  const identified = identifyDevice(registry, presented, now);
  await t.rejects(
    renewCertificate(registry, issuer, { identified, request: request('d2'), validityDays: 90, now }),
    { code: 'request_names_another', message: /"d2", not device "d1"/ },
  );
  t.equal(registry.certificatesOf(identified.device.id).length, 1);
});

t.test('a device that asks without end is told when to come back', async (t) => {
  const { fixture, presented, issuer, request, registry } = await aDevice('d1');
  await using _ = fixture;
  const now = Date.now();
  const identified = identifyDevice(registry, presented, now);
  const renew = (at: number) =>
    renewCertificate(registry, issuer, { identified, request: request(), validityDays: 90, now: at });
  for (let had = 1; had < RENEWALS_A_DAY; had += 1) await renew(now + had * 1000);
  const at = now + 3_600_000;
  const error = await renew(at).then(
    () => null,
    (error) => error,
  );
  t.match(error, { code: 'renewals_exceeded' });
  const wait = Number(error.details.retryAfterS) * 1000;
  t.ok(wait > 22 * 3_600_000 && wait <= DAY_MS, `${wait} ms`);
  await t.resolves(renew(at + wait + 1000), 'and then it is given one');
});

t.test('an expired certificate renews once, where an admin has allowed it, and nothing else', async (t) => {
  const { fixture, enrolled, presented, issuer, request, registry } = await aDevice('d1');
  await using _ = fixture;
  const late = enrolled.certificate.not_after + DAY_MS;
  t.throws(() => identifyForRenewal(registry, presented, late), { code: 'certificate_expired' });
  await registry.allowLateRenewal(enrolled.id, late + DAY_MS);
  t.throws(() => identifyDevice(registry, presented, late), { code: 'certificate_expired' });
  t.throws(() => identifyForRenewal(registry, presented, late + 2 * DAY_MS), { code: 'certificate_expired' });
  const identified = identifyForRenewal(registry, presented, late);
  const renewal = { identified, request: request(), validityDays: 90, now: late };
  const issued = await renewCertificate(registry, issuer, renewal);
  await noteUse(registry, identifyDevice(registry, issued, late), late);
  t.throws(() => identifyForRenewal(registry, presented, late), { code: /certificate_(superseded|expired)/ });
  t.equal(registry.device(enrolled.id)?.late_renewal_until, null, 'used up');
});

t.test('what has ended otherwise does not renew late', async (t) => {
  const { fixture, enrolled, presented, registry } = await aDevice('d1');
  await using _ = fixture;
  const late = enrolled.certificate.not_after + DAY_MS;
  await registry.allowLateRenewal(enrolled.id, late + DAY_MS);
  await registry.setDeviceStatus(enrolled.id, 'suspended');
  t.throws(() => identifyForRenewal(registry, presented, late));
  await registry.setDeviceStatus(enrolled.id, 'active');
  await registry.endCertificate(enrolled.certificate.thumbprint, 'keyCompromise', late);
  t.throws(() => identifyForRenewal(registry, presented, late));
});
