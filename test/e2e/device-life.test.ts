import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/core/clock.ts';
import { codeOf } from '../../src/core/coded-error.ts';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import { deviceId } from '../../src/model/ids.ts';
import { DAY_MS, enrolledAt } from '../support/enrolled-at.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';
import { askToken } from '../support/raw-device.ts';
import { relayTo } from '../support/relay.ts';
import { runningServer } from '../support/running-server.ts';

// The stories of docs/clients.md, "The life of a certificate".

const id = deviceId('watch-1');
const MINUTE_MS = 60_000;
const quick = {
  random: () => 0.001,
  backoff: { withJitter: { baseMs: 5, capMs: 20 }, later: { baseMs: 5, capMs: 20 } },
};
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

t.test('a wearable that was offline for a day sends the whole day, with a new token', async (t) => {
  const clock = manualClock(Date.now());
  const server = await runningServer(t, { clock });
  const wearable = await server.wearable(id, 'p-1');
  const network = await relayTo(t, server.deviceUrl);
  const client = server.client(wearable, { url: network.url });
  await once(client, 'connected');
  const begin = clock.now();
  const measure = (): void => client.sendVitals([{ t: clock.now(), heart_rate: 70 }]);
  measure();
  await client.drain();

  const lost = once(client, 'closed');
  network.cut();
  await lost;
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    clock.advance(MINUTE_MS);
    measure();
    // Its attempts to come back, in between.
    if (minute % 60 === 0) await turn();
  }
  t.equal(client.stats.connected, false);
  t.equal(client.stats.pendingFrames, 24 * 60);

  network.mend();
  const passing = setInterval(() => clock.advance(500), 5);
  t.teardown(() => clearInterval(passing));
  await client.drain();
  await server.app.drained();
  clearInterval(passing);
  t.equal(await server.app.store.countSamples(id, begin, clock.now() + 1), 24 * 60 + 1, 'none is lost');
  t.match(client.stats, { droppedSamples: 0, rejectedSamples: 0 });
  t.notOk(
    server.log.some((line) => line.includes('token_expired')),
    'its token had ended long ago: it did not even try',
  );
});

t.test(
  'a wearable whose certificate has expired keeps its samples until an admin lets it renew',
  async (t) => {
    const server = await runningServer(t);
    const wearable = await enrolledAt(server, id, Date.now() - 91 * DAY_MS, 'p-1');
    let stored = 0;
    const client = server.client(wearable, {
      ...quick,
      renewal: {
        store: async () => {
          stored += 1;
        },
      },
    });
    const begin = Date.now() - 600_000;
    for (let n = 0; n < 600; n += 1) client.sendVitals([{ t: begin + n * 1_000, heart_rate: 70 }]);
    await once(client, 'closed');
    await once(client, 'closed');
    t.match(
      client.stats,
      { connected: false, renewals: 0, pendingFrames: 600 },
      'turned away in the handshake',
    );
    t.equal(server.log.filter((line) => line.includes('"tls_refused"')).length > 0, true);

    await server.registry.allowLateRenewal(id, Date.now() + DAY_MS);
    await once(client, 'renewed');
    await client.drain({ timeoutMs: 5_000 });
    await server.app.drained();
    t.equal(await server.app.store.countSamples(id, begin, begin + 600_000), 600, 'none is lost');
    t.equal(stored, 1);
    await eventually(() => server.registry.device(id)?.late_renewal_until === null);
    t.match(server.registry.device(id), { late_renewal_until: null }, 'allowed once');
    await t.rejects(askToken(server, wearable), 'the expired one opens nothing any more');
  },
);

t.test('a wearable whose key was replaced is told, stops, and goes on with the new key', async (t) => {
  const server = await runningServer(t);
  const former = await server.wearable(id, 'p-1');
  const client = server.client(former);
  await once(client, 'connected');
  client.sendVitals([{ t: Date.now(), heart_rate: 70 }]);
  await client.drain();

  const closed = once(client, 'closed');
  const replacedAt = systemClock().monotonic();
  const { files } = await enrolDevice({
    registry: server.registry,
    directory: join(server.directory, 'certs'),
    device: id,
    description: 'test',
    intervalMs: null,
    succession: { kind: 'replace', reason: 'superseded' },
    now: Date.now(),
  });
  t.match(await closed, [{ code: 4403, reason: 'certificate_superseded', reconnectInMs: null }]);
  t.ok(systemClock().monotonic() - replacedAt < 1_000, 'within a second');
  t.throws(() => client.sendVitals([{ t: Date.now(), heart_rate: 70 }]), { code: 'client_stopped' });

  const again = server.client(former, quick);
  const [trouble] = await once(again, 'trouble');
  t.equal(codeOf(trouble), 'certificate_superseded', 'started again with the former key');
  await again.close();

  const read = (path: string): string => readFileSync(path, 'utf8');
  const next = server.client({ ...former, cert: read(files.certificate), key: read(files.key) });
  next.sendVitals([{ t: Date.now(), heart_rate: 71 }]);
  await next.drain({ timeoutMs: 5_000 });
  t.equal(next.stats.ackedSamples, 1);
});
