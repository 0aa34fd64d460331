import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { rotateAuthority } from '../../src/identity/authority-rotation.ts';
import { identifyForRenewal } from '../../src/identity/device-identity.ts';
import { RENEWALS_A_DAY } from '../../src/identity/renewal.ts';
import { deviceId } from '../../src/model/ids.ts';
import { generateKeyPair, privateKeyFromPem, privateKeyToPem } from '../../src/pki/key-pair.ts';
import { DAY_MS, enrolledAt } from '../support/enrolled-at.ts';
import { certificatesIn, estRequest, reenroll, renewed } from '../support/est.ts';
import { eventually } from '../support/eventually.ts';
import { ask, askToken, FORM, openStream } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);

t.test(
  'an answer of cacerts holds the root and the device authority, in lines that openssl reads',
  async (t) => {
    const wearable = await server.wearable('watch-1');
    const answer = await ask(`${server.deviceUrl}/.well-known/est/cacerts`, wearable);
    t.equal(answer.status, 200);
    t.equal(answer.headers['content-type'], 'application/pkcs7-mime');
    t.equal(answer.headers['content-transfer-encoding'], 'base64');
    t.ok(answer.text.split('\n').every((line) => line.length <= 64));
    const certs = join(server.directory, 'certs');
    const onDisk = ['root-ca.crt', 'device-ca.crt'].map(
      (file) => new X509Certificate(readFileSync(join(certs, file))).fingerprint256,
    );
    t.same(
      certificatesIn(answer).map(({ fingerprint256 }) => fingerprint256),
      onDisk,
    );
  },
);

t.test(
  'the first use of one of several new certificates ends the former and the other new ones',
  async (t) => {
    const former = await server.wearable('watch-2');
    const lost = await renewed(server, former, 'watch-2');
    const next = await renewed(server, former, 'watch-2');
    const other = await renewed(server, lost, 'watch-2');
    t.equal((await askToken(server, former)).status, 200, 'until then all are good');

    const stream = await openStream(server, former);
    const atOnce = await Promise.all([
      askToken(server, next),
      askToken(server, next),
      askToken(server, next),
    ]);
    t.same(
      atOnce.map(({ status }) => status),
      [200, 200, 200],
    );
    t.same(await stream.closed, { code: 4403, reason: 'certificate_superseded' });
    for (const ended of [former, lost, other])
      t.match(await askToken(server, ended), { status: 401, body: { code: 'certificate_superseded' } });
    t.equal(server.log.filter((line) => line.includes('certificate_first_used')).length, 1);

    const one = await renewed(server, next, 'watch-2');
    const two = await renewed(server, next, 'watch-2');
    const answers = await Promise.all([askToken(server, one), askToken(server, two)]);
    t.same(
      answers.map(({ status }) => status).sort(),
      [200, 401],
      'of two used at the same moment one is taken',
    );
  },
);

t.test('a device is given so many certificates a day, at most one at a time', async (t) => {
  const wearable = await server.wearable('watch-3');
  const body = estRequest('watch-3');
  const atOnce = await Promise.all(Array.from({ length: 5 }, () => reenroll(server, wearable, body)));
  t.ok(atOnce.some(({ status }) => status === 200));
  for (const { status, headers } of atOnce) if (status === 429) t.equal(headers['retry-after'], '1');

  let given = 1 + atOnce.filter(({ status }) => status === 200).length;
  for (; given < RENEWALS_A_DAY; given += 1) t.equal((await reenroll(server, wearable, body)).status, 200);
  const refused = await reenroll(server, wearable, body);
  t.match(refused, { status: 429, body: { code: 'renewals_exceeded' } });
  const retryAfterS = Number(refused.headers['retry-after']);
  t.ok(retryAfterS > 86_000 && retryAfterS <= 86_400, `after ${retryAfterS} s`);
});

t.test('a request that is not as it must be is refused by its code, and nothing is issued', async (t) => {
  const wearable = await server.wearable('watch-4');
  const good = Buffer.from(estRequest('watch-4'), 'base64');
  const forged = Buffer.from(good);
  forged.writeUInt8(forged.readUInt8(60) ^ 1, 60);
  const cases: Readonly<Record<string, readonly [body: string, status: number, code: string]>> = {
    'another device': [estRequest('watch-1'), 400, 'request_names_another'],
    'no base64': ['-- nothing --', 400, 'request_malformed'],
    'no request': [Buffer.from('nothing').toString('base64'), 400, 'request_malformed'],
    empty: ['', 400, 'request_malformed'],
    'cut short': [good.subarray(0, -10).toString('base64'), 400, 'request_malformed'],
    'too long': ['A'.repeat(33_000), 413, 'payload_too_large'],
    'changed on the way': [forged.toString('base64'), 400, ''],
  };
  for (const [name, [body, status, code]] of Object.entries(cases)) {
    const answer = await reenroll(server, wearable, body);
    t.equal(answer.status, status, `${name}: ${answer.text}`);
    t.match(answer.body.code, code === '' ? /^request_/ : code, name);
  }
  t.match(await reenroll(server, wearable, 'grant_type=client_credentials', FORM), {
    status: 415,
    body: { code: 'unsupported_media_type' },
  });
  t.equal(server.registry.certificatesOf(deviceId('watch-4')).length, 1);
  const rsa = await reenroll(server, wearable, estRequest('watch-4', generateKeyPair('rsa-3072')));
  t.equal(rsa.status, 200, 'RSA 3072 by choice');
  t.equal(certificatesIn(rsa)[0]?.publicKey.asymmetricKeyDetails?.modulusLength, 3072);
});

t.test('who is not admitted does not renew', async (t) => {
  const id = deviceId('watch-5');
  const wearable = await server.wearable(id);
  const refusal = async (peer: typeof wearable) => (await reenroll(server, peer, estRequest(id))).body.code;
  await server.registry.setDeviceStatus(id, 'suspended');
  t.ok(await eventually(async () => (await refusal(wearable)) === 'device_suspended'));
  await server.registry.setDeviceStatus(id, 'active');
  await eventually(async () => (await reenroll(server, wearable, estRequest(id))).status === 200);
  await server.registry.revokeDevice(id, 'keyCompromise', Date.now());
  t.ok(await eventually(async () => (await refusal(wearable)) === 'device_revoked'));
});

t.test('an expired certificate identifies for renewal alone, while an admin allows it', async (t) => {
  const id = deviceId('watch-6');
  const { cert } = await enrolledAt(server, id, Date.now() - 91 * DAY_MS);
  const { raw } = new X509Certificate(cert);
  const identified = () => identifyForRenewal(server.registry, { raw }, Date.now()).device.id;
  t.throws(identified, { code: 'certificate_expired' });
  await server.registry.allowLateRenewal(id, Date.now() + DAY_MS);
  t.equal(identified(), id);
  await server.registry.allowLateRenewal(id, Date.now() - 1);
  t.throws(identified, { code: 'certificate_expired' }, 'not any more');
  await server.registry.allowLateRenewal(id, Date.now() + DAY_MS);
  await server.registry.setDeviceStatus(id, 'suspended');
  t.throws(identified, { code: 'certificate_expired' }, 'nor while it is suspended');
});

t.test(
  "without the device authority's key the server runs, and says that devices cannot renew",
  async (t) => {
    const server = await runningServer(t, { environment: { VITALWIRE_CA_PASSPHRASE: 'right' } });
    const wearable = await server.wearable('watch-1');
    const path = join(server.directory, 'certs', 'device-ca.key');
    const pem = readFileSync(path, 'utf8');
    const ready = async () => (await rest(server, null, '/readyz')).body;
    rmSync(path);
    t.match(await reenroll(server, wearable, estRequest('watch-1')), {
      status: 503,
      body: { code: 'renewal_unavailable' },
    });
    t.equal((await askToken(server, wearable)).status, 200);
    t.match(await ready(), {
      state: 'ok',
      parts: { renewal: { state: 'ok', detail: 'off: credential_missing' } },
    });
    await server.restart();
    t.match(await ready(), { parts: { renewal: { detail: 'off: credential_missing' } } });
    t.ok(server.log.some((line) => line.includes('renewal_off')));

    writeFileSync(path, privateKeyToPem(privateKeyFromPem(pem), 'right'), { mode: 0o600 });
    t.equal((await reenroll(server, wearable, estRequest('watch-1'))).status, 200, 'it is back, encrypted');
    t.match(await ready(), { parts: { renewal: { detail: 'devices can renew' } } });

    writeFileSync(path, privateKeyToPem(privateKeyFromPem(pem), 'another'), { mode: 0o600 });
    t.equal((await reenroll(server, wearable, estRequest('watch-1'))).status, 503);
    await t.rejects(server.restart(), { code: 'passphrase_wrong', message: /device-ca\.key/ });
  },
);

t.test('after the authority was rotated, the new one issues without a restart', async (t) => {
  const server = await runningServer(t);
  const wearable = await server.wearable('watch-1');
  const { current } = await rotateAuthority({
    directory: join(server.directory, 'certs'),
    registry: server.registry,
    name: 'device',
    crlUrl: null,
    compromised: false,
    now: Date.now(),
  });
  const [issued] = certificatesIn(await reenroll(server, wearable, estRequest('watch-1')));
  t.ok(issued?.verify(current.publicKey));
  const trusted = await eventually(async () => {
    const answer = await ask(`${server.deviceUrl}/.well-known/est/cacerts`, wearable);
    const certificates = certificatesIn(answer);
    return certificates.length === 3 ? certificates : null;
  });
  t.ok(
    trusted.some(({ serialNumber }) => serialNumber === current.serialNumber),
    'and cacerts tells of both',
  );
});
