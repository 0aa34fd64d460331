import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { renewalTime } from '../../src/client/certificate-renewal.ts';
import { DeviceClient } from '../../src/client/device-client.ts';
import type { Closed } from '../../src/client/device-client-events.ts';
import type { StoredIdentity } from '../../src/client/renewed-identity.ts';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { deviceId } from '../../src/model/ids.ts';
import { DAY_MS, enrolledAt } from '../support/enrolled-at.ts';
import { eventually } from '../support/eventually.ts';
import { askToken } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

const server = await runningServer(t);
const thumbprint = (cert: string): string => thumbprintOf(new X509Certificate(cert).raw);
/** Jitter and back-off draw next to nothing. */
const soon = {
  random: () => 0.001,
  backoff: { withJitter: { baseMs: 5, capMs: 20 }, later: { baseMs: 5, capMs: 20 } },
};

/** A certificate that was issued so long ago that it has just become due. */
const due = (device: string, on = server) => enrolledAt(on, device, Date.now() - 61 * DAY_MS, `p-${device}`);

t.test('a certificate is due between 2/3 and 2/3 + 1/10 of its life, spread over all of that', async (t) => {
  const certificate = new X509Certificate((await server.wearable('watch-2')).cert);
  const from = certificate.validFromDate.getTime();
  const life = certificate.validToDate.getTime() - from;
  t.equal(renewalTime(certificate, 0), from + (life * 2) / 3);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (draw) => {
      const part = (renewalTime(certificate, draw) - from) / life;
      return Math.abs(part - (2 / 3 + draw / 10)) < 1e-9;
    }),
  );
});

t.test('a client renews by itself while it streams, and nothing is lost or doubled', async (t) => {
  // Due a second and a half from now: 2/3 of 90 days and of the five minutes it was back-dated.
  const life = 90 * DAY_MS + 300_000;
  const id = deviceId('busy');
  const wearable = await enrolledAt(server, id, Date.now() + 1_500 + 300_000 - (life * 2) / 3, 'p-busy');
  const stored: StoredIdentity[] = [];
  const statusWhenStored: unknown[] = [];
  const closes: Closed[] = [];
  const client = server.client(wearable, {
    ...soon,
    random: () => 0,
    renewal: {
      async store(identity) {
        const known = () => server.registry.certificate(thumbprint(identity.cert))?.status;
        statusWhenStored.push(await eventually(known));
        stored.push(identity);
      },
    },
  });
  client.on('closed', (closed) => closes.push(closed));
  const renewed = once(client, 'renewed');
  const begin = Date.now() - 3_600_000;
  let sent = 0;
  const send = (): void => client.sendVitals([{ t: begin + sent++, heart_rate: 60 + (sent % 40) }]);
  await once(client, 'connected');
  const load = setInterval(send, 1);
  const [{ serial, until }] = (await renewed) as [{ serial: string; until: number }];
  await once(client, 'connected');
  for (let more = 0; more < 50; more += 1) send();
  clearInterval(load);
  await client.drain({ timeoutMs: 10_000 });
  await server.app.drained();

  t.equal(await server.app.store.countSamples(id, begin, begin + sent), sent, `${sent} stored`);
  t.match(client.stats, {
    renewals: 1,
    reconnects: 1,
    rejectedSamples: 0,
    droppedSamples: 0,
    pendingFrames: 0,
  });
  t.match(closes, [{ code: 1000, reason: 'renewed', reconnectInMs: 0 }]);
  t.same(statusWhenStored, ['pending'], 'stored before it was used');
  const next = new X509Certificate(stored[0]?.cert ?? '');
  t.equal(next.serialNumber, serial);
  t.equal(next.validToDate.getTime(), until);
  t.not(stored[0]?.key, wearable.key, 'with a key of its own');
  t.match(await askToken(server, wearable), { status: 401, body: { code: 'certificate_superseded' } });
  const status = () => server.registry.certificate(thumbprint(next.toString()))?.status;
  t.ok(await eventually(() => status() === 'active'));
});

t.test('an identity that cannot be stored is not used; the next attempt asks for no other', async (t) => {
  let attempts = 0;
  const stored: string[] = [];
  const client = server.client(await due('full-disk'), {
    ...soon,
    renewal: {
      async store({ cert }) {
        stored.push(thumbprint(cert));
        if (attempts++ === 0) throw new CodedError('disk_full', 'no room');
      },
    },
  });
  const [failure] = (await once(client, 'renewalFailed')) as [{ error: Error; retryInMs: number }];
  t.equal(codeOf(failure.error), 'disk_full');
  await once(client, 'renewed');
  t.equal(stored.length, 2);
  t.equal(stored[0], stored[1]);
});

t.test('a renewed certificate that is refused is given up for the former', async (t) => {
  const wearable = await due('unlucky');
  const stored: StoredIdentity[] = [];
  const client = server.client(wearable, {
    ...soon,
    renewal: {
      async store(identity) {
        stored.push(identity);
        if (stored.length > 1) return;
        // An admin ends it before it has been used.
        await eventually(() => server.registry.certificate(thumbprint(identity.cert)));
        await server.registry.endCertificate(thumbprint(identity.cert), 'keyCompromise', Date.now());
        await new Promise((resolve) => setTimeout(resolve, 400));
      },
    },
  });
  const [failure] = (await once(client, 'renewalFailed')) as [{ error: Error }];
  t.equal(codeOf(failure.error), 'certificate_revoked');
  t.same(stored[1], { cert: wearable.cert, key: wearable.key }, 'and the former is stored again');
  await once(client, 'renewed');
  t.equal(stored.length, 3, 'the next one is taken');
  client.sendVitals([{ t: Date.now(), heart_rate: 70 }]);
  await client.drain({ timeoutMs: 5_000 });
});

t.test('where the server cannot renew, the device streams on and tries again', async (t) => {
  const server = await runningServer(t, { environment: { VITALWIRE_CONNECTS_PER_MINUTE: '2' } });
  const wearable = await due('watch-1', server);
  rmSync(`${server.directory}/certs/device-ca.key`);
  const client = server.client(wearable, {
    ...soon,
    renewal: { store: async () => void t.fail('nothing to store') },
  });
  const failures: { error: Error; retryInMs: number }[] = [];
  client.on('renewalFailed', (failure) => failures.push(failure));
  await eventually(() => failures.length === 3);
  t.same(
    failures.map(({ error }) => codeOf(error)),
    ['renewal_unavailable', 'renewal_unavailable', 'rate_exceeded'],
  );
  t.ok(failures[2]!.retryInMs >= 1_000, 'and waits as long as it is asked to');
  client.sendVitals([{ t: Date.now(), heart_rate: 70 }]);
  await client.drain({ timeoutMs: 5_000 });
});

t.test('only what is a device certificate can be set to renew', async (t) => {
  const { key, ca } = await server.wearable('watch-3');
  for (const cert of ['', ca])
    t.throws(
      () => new DeviceClient({ url: server.deviceUrl, cert, key, renewal: { store: async () => {} } }),
      {
        code: 'certificate_unusable',
      },
    );
});
