import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t, { type Test } from 'tap';
import { openRig } from '../../scripts/rig/rig.ts';
import { eventually } from '../support/eventually.ts';
import { openStream } from '../support/raw-device.ts';
import { rest } from '../support/rest.ts';
import { runningServer } from '../support/running-server.ts';

/** The grace for the closing handshakes, the end of those who do not answer, and a slow machine. */
const BOUND_MS = 15_000;

/** A store that takes connections and answers nothing. */
async function hangingStore(t: Test): Promise<string> {
  const open = new Set<Socket>();
  const listener = createServer((socket) => {
    open.add(socket.on('error', () => {}).resume());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    listener.close();
  });
  return `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

t.test(
  'a stop ends in time, whoever does not listen or answer, and whoever comes back at once',
  async (t) => {
    const server = await runningServer(t, {
      environment: { VITALWIRE_STORE: 'influxdb', INFLUX_URL: await hangingStore(t), INFLUX_VERSION: '1' },
    });
    const deaf = await openStream(server, await server.wearable('deaf', 'p-1'));
    deaf.send({ type: 'hello', stream: crypto.randomUUID(), time: Date.now() });
    await deaf.frame('welcome');
    deaf.socket.pause();
    const eager = server.client(await server.wearable('eager', 'p-2'), {
      backoff: { withJitter: { baseMs: 1, capMs: 5 }, later: { baseMs: 1, capMs: 5 } },
    });
    const feed = server.feed(await server.token('nurse-1'));
    await feed.subscribe({ ward: 'ward-1' });
    await once(feed, 'snapshot');
    if (!eager.stats.connected) await once(eager, 'connected');
    const token = await server.token('nurse-2');
    const patient = server.client(await server.wearable('patient', 'p-3'), { ackIntervalMs: 60_000 });
    if (!patient.stats.connected) await once(patient, 'connected');
    let newest: number | undefined;
    feed.on('vitals', ({ values }) => {
      newest = values.heart_rate?.value;
    });
    for (let s = 0; s < 5; s++)
      patient.sendVitals([{ t: Date.now() - 5_000 + s * 1_000, heart_rate: 70 + s }]);
    // Before the acks are due.
    await eventually(() => newest === 74);
    t.equal(patient.stats.ackedSamples, 0);
    const asked = rest(server, token, '/v1/patients/p-3/vitals?vital=heart_rate&from=0&to=9').catch(
      () => null,
    );
    const codes: number[] = [];
    eager.on('closed', ({ code }) => codes.push(code));

    const began = performance.now();
    let late: NodeJS.Timeout | undefined;
    const tooLong = new Promise<'too long'>((resolve) => {
      late = setTimeout(() => resolve('too long'), BOUND_MS);
    });
    t.equal(
      await Promise.race([server.app[Symbol.asyncDispose]().then(() => 'stopped'), tooLong]),
      'stopped',
    );
    clearTimeout(late);
    t.ok(performance.now() - began < BOUND_MS);
    t.equal(patient.stats.ackedSamples, 5, 'what was taken is acked before the end');
    await asked;
    t.notOk(server.log.some((line) => line.includes('stop_overdue')));
    t.equal(codes[0], 1012, 'the first thing it heard is to come back');
    t.equal(eager.stats.connects, 1, 'nobody is admitted while the server stops');
    deaf.socket.terminate();
  },
);

t.test('what hangs in the disk is named, and the process ends all the same, not with 0', async (t) => {
  await using rig = await openRig('stop-overdue');
  const [worn] = await rig.devices(1);
  if (!worn) throw new Error('no device');
  await rig.seen();
  await using client = worn.client();
  client.start();
  await once(client, 'connected');
  // Another process that holds the journal's lock looks like a disk that does not answer.
  using other = new DatabaseSync(join(rig.server.data, 'journal.db'));
  other.exec('BEGIN IMMEDIATE');
  client.sendVitals([{ t: Date.now(), heart_rate: 70 }]);
  await eventually(() => client.stats.inFlightFrames === 1);
  const began = performance.now();
  const code = await rig.server.stop();
  t.not(code, 0);
  t.ok(performance.now() - began < BOUND_MS);
  t.match(
    rig.server.log.find((line) => line.includes('stop_overdue')),
    /"parts":\["journal"\]/,
  );
  t.equal(client.stats.ackedSamples, 0, 'and the device keeps what was not written');
});
