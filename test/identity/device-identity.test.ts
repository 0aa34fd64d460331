import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { loadAuthority } from '../../src/identity/certificate-directory.ts';
import {
  admitDevice,
  identifyDevice,
  keyThumbprintOf,
  thumbprintOf,
} from '../../src/identity/device-identity.ts';
import type { IdentityError } from '../../src/identity/identity-error.ts';
import { deviceId } from '../../src/model/ids.ts';
import { issueCertificate } from '../../src/pki/certificate.ts';
import { basicConstraints, extendedKeyUsage, keyUsage, subjectAltName } from '../../src/pki/extension.ts';
import { generateKeyPair } from '../../src/pki/key-pair.ts';
import { type CertificateFixture, certificateFixture } from '../support/certificate-fixture.ts';

const now = Date.now();

async function withFixture(run: (fixture: CertificateFixture) => Promise<void>): Promise<void> {
  await using fixture = await certificateFixture();
  await run(fixture);
}

/** Issues by the device authority and registers for `device`, whatever the certificate says. */
async function register(
  fixture: CertificateFixture,
  device: string,
  uris: readonly string[],
  form: { readonly purpose?: 'clientAuth' | 'serverAuth'; readonly authority?: boolean } = {},
): Promise<X509Certificate> {
  const certificate = issueCertificate(
    {
      subject: { organization: 'Test', commonName: 'd1' },
      publicKey: generateKeyPair().publicKey,
      notBefore: now - 1000,
      notAfter: now + 86_400_000,
      extensions: [
        basicConstraints(form.authority ? 0 : null),
        keyUsage('digitalSignature'),
        extendedKeyUsage(form.purpose ?? 'clientAuth'),
        subjectAltName(...uris.map((uri) => ({ kind: 'uri', uri }) as const)),
      ],
    },
    await loadAuthority(fixture.directory, 'device'),
  );
  await fixture.registry.addCertificate({
    thumbprint: thumbprintOf(certificate.raw),
    serial: certificate.serialNumber,
    key_thumbprint: keyThumbprintOf(certificate.publicKey),
    follows: null,
    device: deviceId(device),
    not_before: certificate.validFromDate.getTime(),
    not_after: certificate.validToDate.getTime(),
    status: 'active',
    authority: '',
    ended: null,
  });
  return certificate;
}

t.test('an enrolled certificate identifies its device', (t) =>
  withFixture(async (fixture) => {
    const { id, files, certificate } = await fixture.enrol('d1');
    const presented = new X509Certificate(readFileSync(files.certificate));
    const identified = identifyDevice(fixture.registry, presented, now);
    t.equal(identified.device.id, id);
    t.same(identified.certificate, certificate);
    t.equal(identified.thumbprint, certificate.thumbprint);
    t.equal(thumbprintOf(presented.raw), createHash('sha256').update(presented.raw).digest('base64url'));
    t.match(identified.thumbprint, /^[A-Za-z0-9_-]{43}$/);
    t.same(identifyDevice(fixture.registry, { raw: presented.raw }, now), identified, 'by its DER alone');
    t.same(admitDevice(fixture.registry, identified.thumbprint, now), identified, 'again by its thumbprint');
  }),
);

t.test('certificates that are not what they should be are refused with 401', (t) =>
  withFixture(async (fixture) => {
    await fixture.enrol('d1');
    await fixture.enrol('d2');
    const urn = 'urn:vitalwire:device:';
    const cases: readonly (readonly [string, string, X509Certificate | { raw: Buffer }])[] = [
      ['two devices', 'certificate_malformed', await register(fixture, 'd1', [`${urn}d1`, `${urn}d2`])],
      ['a second name', 'certificate_malformed', await register(fixture, 'd1', [`${urn}d1`, 'https://x/'])],
      ['a NUL', 'certificate_malformed', await register(fixture, 'd1', [`${urn}d1\0.evil`])],
      ['no device name', 'certificate_malformed', await register(fixture, 'd1', ['https://x/d1'])],
      ["another device's", 'certificate_malformed', await register(fixture, 'd2', [`${urn}d1`])],
      [
        'serverAuth',
        'certificate_wrong_usage',
        await register(fixture, 'd1', [`${urn}d1`], { purpose: 'serverAuth' }),
      ],
      [
        'an authority',
        'certificate_wrong_usage',
        await register(fixture, 'd1', [`${urn}d1`], { authority: true }),
      ],
      ['not a certificate', 'certificate_malformed', { raw: Buffer.from('nonsense') }],
      ['nothing', 'certificate_malformed', {} as { raw: Buffer }],
    ];
    for (const [name, code, peer] of cases) {
      t.throws(() => identifyDevice(fixture.registry, peer, now), { code }, name);
    }
  }),
);

t.test('validity is checked at the time given, both ends included', (t) =>
  withFixture(async (fixture) => {
    const { files, certificate } = await fixture.enrol('d1');
    const presented = new X509Certificate(readFileSync(files.certificate));
    for (const [at, code] of [
      [certificate.not_before - 1, 'certificate_not_yet_valid'],
      [certificate.not_before, null],
      [certificate.not_after, null],
      [certificate.not_after + 1, 'certificate_expired'],
    ] as const) {
      for (const check of [
        () => identifyDevice(fixture.registry, presented, at),
        () => admitDevice(fixture.registry, certificate.thumbprint, at),
      ]) {
        if (code === null) t.equal(check().device.id, 'd1');
        else t.throws(check, { code });
      }
    }
  }),
);

t.test('a change in the registry turns the device away at the next look', (t) =>
  withFixture(async (fixture) => {
    const { id, files, certificate } = await fixture.enrol('d1');
    const { registry } = fixture;
    const presented = new X509Certificate(readFileSync(files.certificate));
    const refusal = (): IdentityError | null => {
      try {
        identifyDevice(registry, presented, now);
        return null;
      } catch (error) {
        return error as IdentityError;
      }
    };
    t.equal(refusal(), null);
    await registry.setDeviceStatus(id, 'suspended');
    t.match(refusal(), { code: 'device_suspended' });
    await registry.setDeviceStatus(id, 'active');
    t.equal(refusal(), null);
    await registry.endCertificate(certificate.thumbprint, 'superseded', Date.now());
    t.match(refusal(), { code: 'certificate_superseded' });
    await registry.endCertificate(certificate.thumbprint, 'keyCompromise', Date.now());
    t.match(refusal(), { code: 'certificate_revoked' });
    const second = await fixture.enrol('d1');
    await registry.revokeDevice(id, 'unspecified', Date.now());
    t.throws(() => admitDevice(registry, second.certificate.thumbprint, now), {
      code: 'device_revoked',
    });
    t.throws(() => admitDevice(registry, 'unheard-of', now), { code: 'certificate_unknown' });
  }),
);
