import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keyThumbprintOf, thumbprintOf } from '../../src/identity/device-identity.ts';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import { deviceId } from '../../src/model/ids.ts';
import { createCertificateRequest, parseCertificateRequest } from '../../src/pki/certificate-request.ts';
import { generateKeyPair } from '../../src/pki/key-pair.ts';
import { openSqliteRegistry } from '../../src/registry/registry-sqlite.ts';
import { type CertificateFixture, certificateFixture } from '../support/certificate-fixture.ts';
import { runTool } from '../support/external-tool.ts';

const now = Date.now();

async function withFixture(run: (fixture: CertificateFixture) => Promise<void>): Promise<void> {
  await using fixture = await certificateFixture();
  await run(fixture);
}

t.test('enrolling registers device and certificate and leaves what the device needs', (t) =>
  withFixture(async ({ registry, directory }) => {
    const device = deviceId('wrist-1');
    const enrolment = await enrolDevice({
      registry,
      directory,
      device,
      description: 'Wrist band',
      intervalMs: 2000,
      validityDays: 30,
      now,
    });
    t.same(registry.device(device), {
      id: 'wrist-1',
      status: 'active',
      description: 'Wrist band',
      interval_ms: 2000,
      created: now,
      late_renewal_until: null,
    });
    const { files } = enrolment;
    const presented = new X509Certificate(readFileSync(files.certificate));
    const registered = registry.certificate(thumbprintOf(presented.raw));
    t.same(registered, enrolment.certificate);
    t.equal(registered?.serial, presented.serialNumber);
    t.ok(Math.abs((registered?.not_after ?? 0) - (now + 30 * 86_400_000)) <= 1000, 'whole seconds');
    t.equal(statSync(files.directory).mode & 0o777, 0o700);
    t.equal(statSync(files.key).mode & 0o777, 0o600);
    t.same(readdirSync(files.directory).sort(), ['ca.crt', 'device.crt', 'device.key']);
    const verified = await runTool('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', files.authority],
      ...['-untrusted', files.certificate, files.certificate],
    ]);
    t.equal(verified.code, 0, verified.stderr);
  }),
);

t.test('a second certificate needs "replace", and ends the first', (t) =>
  withFixture(async ({ registry, directory, enrol }) => {
    const first = await enrol('d1');
    await t.rejects(enrol('d1'), { code: 'already_exists', message: /"replace" ends this one/ });
    t.equal(registry.certificatesOf(first.id).length, 1);
    const second = await enrolDevice({
      registry,
      directory,
      device: first.id,
      description: 'ignored',
      intervalMs: 1,
      succession: { kind: 'replace', reason: 'superseded' },
      now,
    });
    t.equal(registry.certificate(first.certificate.thumbprint)?.status, 'superseded');
    t.equal(registry.certificate(second.certificate.thumbprint)?.status, 'active');
    t.equal(registry.device(first.id)?.description, 'test', 'the device keeps what was registered');
    const presented = new X509Certificate(readFileSync(second.files.certificate));
    t.equal(thumbprintOf(presented.raw), second.certificate.thumbprint);
    t.ok(presented.checkPrivateKey(createPrivateKey(readFileSync(second.files.key))));
    t.same(readdirSync(join(directory, 'devices')), ['d1'], 'nothing is left beside it');
  }),
);

t.test('a revoked device is not enrolled again', (t) =>
  withFixture(async ({ registry, enrol }) => {
    const { id } = await enrol('d1');
    await registry.revokeDevice(id, 'unspecified', Date.now());
    await t.rejects(enrol('d1'), { code: 'device_revoked' });
  }),
);

t.test('when the files cannot be written, nothing is registered', (t) =>
  withFixture(async ({ registry, directory, enrol }) => {
    writeFileSync(join(directory, 'devices'), 'a file where the directory should be');
    await t.rejects(enrol('d1'));
    t.same(registry.devices(), []);
    rmSync(join(directory, 'devices'));
    await enrol('d1');
    t.equal(registry.devices().length, 1, 'and it can be done again');
  }),
);

t.test('when the files cannot be put in place, the certificate is registered as revoked', (t) =>
  withFixture(async ({ registry, directory, enrol }) => {
    const id = deviceId('d1');
    // A file in the place of the directory can be moved away; what cannot is a mount or a vanished parent.
    const broken = new Proxy(registry, {
      get(target, name) {
        if (name === 'enrol') {
          return async (enrolments: Parameters<typeof registry.enrol>[0]) => {
            await target.enrol(enrolments);
            rmSync(join(directory, 'devices'), { recursive: true });
          };
        }
        return Reflect.get(target, name);
      },
    });
    const request = { registry: broken, directory, device: id, description: '', intervalMs: null, now };
    await t.rejects(enrolDevice(request), { code: 'ENOENT' });
    t.same(
      registry.certificatesOf(id).map(({ status }) => status),
      ['revoked'],
    );
    mkdirSync(join(directory, 'devices'));
    const again = await enrol('d1');
    t.ok(existsSync(again.files.key));
    t.equal(again.certificate.status, 'active');
  }),
);

t.test('a device with a key of its own gets a certificate for it, and no key', (t) =>
  withFixture(async ({ registry, directory, enrol }) => {
    const first = await enrol('d1');
    const pair = generateKeyPair();
    const der = createCertificateRequest({ device: 'd1', organization: 'Acme', keyPair: pair });
    const request = parseCertificateRequest(der);
    const common = { registry, directory, description: '', intervalMs: null, now };
    const key = { kind: 'requested', request } as const;
    await t.rejects(enrolDevice({ ...common, device: deviceId('d2'), key }), {
      code: 'request_names_another',
    });
    const { files, certificate } = await enrolDevice({
      ...common,
      device: first.id,
      key,
      succession: { kind: 'renew' },
    });
    t.ok(new X509Certificate(readFileSync(files.certificate)).checkPrivateKey(pair.privateKey));
    t.notOk(existsSync(files.key));
    t.equal(certificate.status, 'pending');
    t.equal(
      registry.certificate(first.certificate.thumbprint)?.status,
      'active',
      'until the new one is used',
    );
    t.notOk(registry.device(deviceId('d2')));
  }),
);

t.test('of two first certificates asked for at once by two processes, one is made', (t) =>
  withFixture(async ({ registry, directory }) => {
    const path = join(directory, '..', 'registry.db');
    await using other = await openSqliteRegistry({ path, onError: t.error });
    const device = deviceId('d1');
    const request = { directory, device, description: '', intervalMs: null, now };
    const outcomes = await Promise.allSettled([
      enrolDevice({ ...request, registry }),
      enrolDevice({ ...request, registry: other }),
    ]);
    const made = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    t.match(refused, [{ code: 'already_exists', message: /"d1" has a certificate until/ }]);
    t.equal(registry.certificatesOf(device).length, 1);
    const [{ files, certificate } = { files: null, certificate: null }] = made;
    const presented = new X509Certificate(readFileSync(files?.certificate ?? ''));
    t.equal(thumbprintOf(presented.raw), certificate?.thumbprint, 'whose files are in place');
    t.same(readdirSync(join(directory, 'devices')), ['d1'], 'and nothing of the other');
  }),
);

t.test('a key is not certified for a second device, nor again once it is in wrong hands', (t) =>
  withFixture(async ({ registry, directory, enrol }) => {
    await enrol('d2');
    const request = parseCertificateRequest(
      createCertificateRequest({ device: '', organization: 'Acme', keyPair: generateKeyPair() }),
    );
    const key = { kind: 'requested', request: { ...request, deviceNames: [] } } as const;
    const common = { registry, directory, description: '', intervalMs: null, now, key };
    const d1 = deviceId('d1');
    const d2 = deviceId('d2');
    const first = await enrolDevice({ ...common, device: d1 });
    t.equal(first.certificate.key_thumbprint, keyThumbprintOf(request.publicKey));
    const code = 'key_of_another_device';
    await t.rejects(enrolDevice({ ...common, device: deviceId('d3') }), { code }, 'issue');
    const renew = { kind: 'renew' } as const;
    await t.rejects(enrolDevice({ ...common, device: d2, succession: renew }), { code }, 'renew');
    const replace = { kind: 'replace', reason: 'superseded' } as const;
    await t.rejects(enrolDevice({ ...common, device: d2, succession: replace }), { code }, 'replace');
    t.equal(registry.certificatesOf(d2).length, 1);
    t.notOk(existsSync(join(directory, 'devices', 'd3')));

    await enrolDevice({ ...common, device: d1, succession: renew });
    await enrolDevice({ ...common, device: d1, succession: replace });
    const compromised = { kind: 'replace', reason: 'keyCompromise' } as const;
    const again = { ...common, device: d1, succession: compromised };
    await t.rejects(enrolDevice(again), { code: 'key_revoked' }, 'the key that is to go');
    await enrolDevice({ ...again, key: { kind: 'made', algorithm: 'ec-p256' } });
    await t.rejects(enrolDevice({ ...common, device: d1, succession: renew }), { code: 'key_revoked' });
  }),
);

t.test('only a device that is registered can be renewed or replaced', (t) =>
  withFixture(async ({ registry, directory }) => {
    const request = { registry, directory, device: deviceId('d9'), description: '', intervalMs: null, now };
    for (const succession of [{ kind: 'renew' }, { kind: 'replace', reason: 'keyCompromise' }] as const) {
      await t.rejects(enrolDevice({ ...request, succession }), { code: 'unknown_device' });
    }
  }),
);
