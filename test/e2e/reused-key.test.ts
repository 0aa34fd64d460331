import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { type KeyPair, privateKeyFromPem } from '../../src/pki/key-pair.ts';
import { estRequest, reenroll, renewed } from '../support/est.ts';
import { eventually } from '../support/eventually.ts';
import { askToken, type RawPeer } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const { registry } = server;

function keyPairOf({ cert, key }: RawPeer): KeyPair {
  return {
    publicKey: new X509Certificate(String(cert)).publicKey,
    privateKey: privateKeyFromPem(String(key)),
  };
}

/** What the registry has of it, as soon as it is seen here. */
const entryOf = ({ cert }: RawPeer) =>
  eventually(() => registry.certificate(thumbprintOf(new X509Certificate(String(cert)).raw)));

t.test("a renewal is refused with another device's key, and allowed with its own", async (t) => {
  const one = await server.wearable('key-1');
  const other = await server.wearable('key-2');
  const answer = await reenroll(server, one, estRequest('key-1', keyPairOf(other)));
  t.match(answer, { status: 403, body: { code: 'key_of_another_device', cure: /Make a key/ } });
  t.equal(registry.certificatesOf((await entryOf(one)).device).length, 1, 'nothing is issued');
  const logged = (line: string) => line.includes('"denied"') && line.includes('key_of_another_device');
  await eventually(() => server.log.some(logged));
  const same = await reenroll(server, one, estRequest('key-1', keyPairOf(one)));
  t.equal(same.status, 200, 'RFC 7030 4.2.2');
});

t.test('a key that was in wrong hands gets no certificate, and what was got with it is over', async (t) => {
  const former = await server.wearable('key-3');
  const thief = await renewed(server, former, 'key-3');
  const next = await renewed(server, thief, 'key-3');
  await entryOf(next);
  await registry.endCertificate((await entryOf(former)).thumbprint, 'keyCompromise', Date.now());
  for (const peer of [former, thief, next])
    t.match(await eventuallyRefused(peer), { status: 401, body: { code: 'certificate_revoked' } });

  const device = await server.wearable('key-4');
  const replaced = await renewed(server, device, 'key-4');
  t.equal((await askToken(server, replaced)).status, 200);
  await eventually(async () => (await entryOf(replaced)).status === 'active');
  const { thumbprint } = await entryOf(device);
  t.equal((await entryOf(replaced)).follows, thumbprint);
  // Superseded as it is, its key turns out to be known: the device renews no more with what came of it.
  await registry.endCertificate(thumbprint, 'keyCompromise', Date.now());
  t.match(await eventuallyRefused(replaced), { body: { code: 'certificate_revoked' } });

  const good = await server.wearable('key-5');
  const answer = await reenroll(server, good, estRequest('key-5', keyPairOf(device)));
  t.match(answer, { status: 403, body: { code: 'key_revoked', cure: /Make a new key/ } });
});

/** The server sees within 250 ms what was written here. */
function eventuallyRefused(peer: RawPeer) {
  return eventually(async () => {
    const answer = await askToken(server, peer);
    return answer.status === 200 ? undefined : answer;
  });
}
