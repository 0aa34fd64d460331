import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { DeviceClient } from '../../src/client/device-client.ts';
import type { DeviceClientOptions } from '../../src/client/device-client-options.ts';
import { acceleratedClock } from '../../src/core/clock.ts';
import type { Sample } from '../../src/model/sample.ts';
import { CBOR_SUBPROTOCOL, DEVICE_SUBPROTOCOLS } from '../../src/protocol/device-codec.ts';
import type { VitalsFrame } from '../../src/protocol/device-frames.ts';
import { certificateFixture } from '../support/certificate-fixture.ts';
import { type DeviceScript, ScriptedDeviceServer } from './scripted-device-server.ts';

const fixture = await certificateFixture();
t.teardown(() => fixture[Symbol.asyncDispose]());
const { files } = await fixture.enrol('dev-1');
const identity = {
  cert: readFileSync(files.certificate),
  key: readFileSync(files.key),
  ca: readFileSync(files.authority),
};
const quick = { withJitter: { baseMs: 10, capMs: 40 }, later: { baseMs: 10, capMs: 40 } };

const samplesAt = (...times: number[]): Sample[] => times.map((time) => ({ t: time, heart_rate: 70 }));
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

async function pair(test: Test, script: DeviceScript = {}, options: Partial<DeviceClientOptions> = {}) {
  const server = await ScriptedDeviceServer.start(fixture.directory, script);
  const client = new DeviceClient({ url: server.url, ...identity, backoff: quick, ...options });
  test.teardown(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  });
  return { server, client };
}

for (const subprotocol of DEVICE_SUBPROTOCOLS) {
  t.test(`what is sent over ${subprotocol} is delivered and settled by its ack`, async (t) => {
    const { server, client } = await pair(t, {}, { subprotocol });
    client.start();
    await once(client, 'connected');
    client.sendVitals(samplesAt(1, 2));
    client.sendWaveform({ signal: 'ecg_ii', t: 5, rate_hz: 4, values: Float32Array.of(0.5, 1, 1.5) });
    client.sendStatus({ battery_percent: 80, worn: true });
    await client.drain({ timeoutMs: 5_000 });

    const [stored = []] = [...server.durable.values()];
    t.same(stored, [
      { type: 'vitals', seq: 1, samples: samplesAt(1, 2) },
      { type: 'waveform', seq: 2, signal: 'ecg_ii', t: 5, rate_hz: 4, values: [0.5, 1, 1.5] },
      { type: 'status', seq: 3, battery_percent: 80, worn: true },
    ]);
    t.equal(server.peers[0]?.authorization, 'Bearer token-1');
    t.match(client.stats, { sentFrames: 3, ackedSeq: 3, ackedFrames: 3, ackedSamples: 2, pendingFrames: 0 });
  });
}

t.test(
  'frames on the way when the network is lost are sent again in order, none lost and none doubled',
  async (t) => {
    let taken = 0;
    const { server, client } = await pair(t, {
      onFrame(frame, peer, self) {
        taken += 1;
        // Every seventh frame is lost with its connection, without an ack for those before it.
        if (taken % 7 === 0) return peer.cut();
        if (frame.type === 'hello' || taken % 3 === 0) return self.take(frame, peer);
        if ('seq' in frame) self.store(frame);
      },
    });
    client.start();
    for (const time of range(1, 60)) {
      client.sendVitals(samplesAt(time));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    // The last frames may be on disk without an ack: the welcome of one more connection settles them.
    server.script.onFrame = (frame, peer, self) => self.take(frame, peer);
    server.peers.at(-1)?.cut();
    await client.drain({ timeoutMs: 10_000 });
    t.same(server.storedTimes, range(1, 60));
    t.ok(client.stats.reconnects > 0, `reconnected ${client.stats.reconnects} times`);
    t.equal(client.stats.ackedSamples, 60);
  },
);

t.test('a reconnect resumes the TLS session and needs no second token', async (t) => {
  const { server, client } = await pair(t);
  client.start();
  await once(client, 'connected');
  server.peers[0]?.cut();
  await once(client, 'connected');
  t.equal(server.peers[1]?.resumed, true);
  t.equal(server.tokensIssued, 1);
  t.ok(client.stats.resumedSessions >= 1);
});

t.test('moments measured while offline go out in batches of at most 500', async (t) => {
  const { server, client } = await pair(t);
  for (const time of range(1, 1_200)) client.sendVitals(samplesAt(time));
  client.start();
  await client.drain({ timeoutMs: 5_000 });
  t.same(server.storedTimes, range(1, 1_200));
  t.same(
    server.frames.filter((f) => f.type === 'vitals').map((f) => (f as VitalsFrame).samples.length),
    [500, 500, 200],
  );
});

t.test('a full backlog gives up its oldest, and says so', async (t) => {
  const { server, client } = await pair(t, {}, { bufferFrames: 10 });
  let dropped = 0;
  client.on('dropped', ({ samples }) => {
    dropped += samples;
  });
  for (const time of range(1, 25)) client.sendVitals(samplesAt(time));
  t.equal(dropped, 15);
  t.equal(client.stats.droppedSamples, 15);
  client.start();
  await client.drain({ timeoutMs: 5_000 });
  t.same(server.storedTimes, range(16, 25));
});

t.test('no more than the window is sent without an ack', async (t) => {
  const { server, client } = await pair(
    t,
    {
      onFrame(frame, peer, self) {
        if (frame.type === 'hello') self.welcome(peer, 0);
      },
    },
    { maxInFlight: 4 },
  );
  client.start();
  await once(client, 'connected');
  for (const time of range(1, 20)) client.sendVitals(samplesAt(time));
  await client.drain({ timeoutMs: 200 }).catch(() => undefined);
  t.equal(server.frames.filter((f) => f.type === 'vitals').length, 4);
  t.match(client.stats, { inFlightFrames: 4, pendingFrames: 20 });
});

t.test('a gap is filled when the server asks for it', async (t) => {
  let asked = false;
  const { server, client } = await pair(t, {
    onFrame(frame, peer, self) {
      if (!asked && 'seq' in frame && frame.seq === 3) {
        asked = true;
        return peer.send({ type: 'resend', from: 2 });
      }
      if (!asked && 'seq' in frame && frame.seq === 2) return;
      self.take(frame, peer);
    },
  });
  client.start();
  await once(client, 'connected');
  for (const time of range(1, 5)) client.sendVitals(samplesAt(time));
  await client.drain({ timeoutMs: 5_000 });
  t.same(server.storedTimes, range(1, 5));
  t.ok(client.stats.resentFrames >= 2);
});

t.test('a server that has lost the stream gets everything unacked in a new one', async (t) => {
  let forgotten = false;
  const { server, client } = await pair(t, {
    onFrame(frame, peer, self) {
      if (frame.type !== 'hello' && !forgotten && 'seq' in frame && frame.seq > 2) return;
      self.take(frame, peer);
    },
  });
  const troubles: Error[] = [];
  client.on('trouble', (error) => troubles.push(error));
  client.start();
  await once(client, 'connected');
  for (const time of range(1, 5)) client.sendVitals(samplesAt(time));
  await once(client, 'acked');
  while (client.stats.ackedSeq < 2) await once(client, 'acked');
  forgotten = true;
  server.durable.clear();
  server.peers[0]?.cut();
  await client.drain({ timeoutMs: 5_000 });
  t.same(server.storedTimes, [3, 4, 5]);
  t.ok(troubles.some((error) => 'code' in error && error.code === 'stream_lost'));
});

t.test('each refused sample is handed back, and does not count as stored', async (t) => {
  const { client } = await pair(t, {
    onFrame(frame, peer, self) {
      if (frame.type === 'vitals') {
        const message = 'spo2 is 140';
        peer.send({ type: 'reject', seq: frame.seq, code: 'impossible_value', message, samples: [1] });
      }
      self.take(frame, peer);
    },
  });
  client.start();
  const rejected = once(client, 'rejected');
  client.sendVitals([
    { t: 1, spo2: 97 },
    { t: 2, spo2: 140 },
  ]);
  const [event] = await rejected;
  t.match(event, { seq: 1, code: 'impossible_value', indexes: [1], samples: [{ t: 2, spo2: 140 }] });
  await client.drain({ timeoutMs: 5_000 });
  t.match(client.stats, { rejectedSamples: 1, ackedSamples: 1, ackedFrames: 1 });
});

t.test('the token is replaced on the open socket at 80 % of its life', async (t) => {
  const clock = acceleratedClock(100);
  const { server, client } = await pair(t, { tokenLifetimeS: 20 }, { clock });
  client.start();
  await once(client, 'connected');
  while (!server.frames.some((frame) => frame.type === 'refresh'))
    await new Promise((r) => setTimeout(r, 10));
  t.same(
    server.frames.find((frame) => frame.type === 'refresh'),
    { type: 'refresh', token: 'token-2' },
  );
  t.equal(client.stats.reconnects, 0);
});

t.test('a warning that the token expires brings a new one at once', async (t) => {
  const { server, client } = await pair(t);
  client.start();
  await once(client, 'connected');
  server.peers[0]?.send({ type: 'token_expiring', token_expires: 0 });
  while (!server.frames.some((frame) => frame.type === 'refresh')) await new Promise((r) => setTimeout(r, 5));
  t.equal(server.tokensIssued, 2);
});

for (const code of [4403, 4409]) {
  t.test(`a close with ${code} is final`, async (t) => {
    const { server, client } = await pair(t, {
      onFrame: (frame, peer, self) => frame.type === 'hello' && self.welcome(peer, 0),
    });
    client.start();
    await once(client, 'connected');
    client.sendVitals(samplesAt(1));
    const drained = client.drain();
    server.peers[0]?.socket.close(code, 'no');
    await t.rejects(drained, { code: 'client_stopped' });
    t.throws(() => client.sendVitals(samplesAt(2)), { code: 'client_stopped' });
    t.equal(server.peers.length, 1);
  });
}

t.test('a close with 4401 brings the device back with a new token', async (t) => {
  const { server, client } = await pair(t);
  client.start();
  await once(client, 'connected');
  server.peers[0]?.socket.close(4401, 'token expired');
  await once(client, 'connected');
  t.equal(server.peers[1]?.authorization, 'Bearer token-2');
});

t.test('a refused token is replaced; a forbidden device does not come back', async (t) => {
  const refusals = [{ status: 401, code: 'token_invalid' }, null, { status: 403, code: 'device_suspended' }];
  const { server, client } = await pair(t, { refuseUpgrade: () => refusals.shift() ?? null });
  client.start();
  await once(client, 'connected');
  t.equal(server.peers[0]?.authorization, 'Bearer token-2');
  const ends: unknown[] = [];
  client.on('closed', (end) => ends.push(end.reconnectInMs));
  server.peers[0]?.cut();
  await t.rejects(
    (async () => {
      for (;;) {
        await client.room();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })(),
    { code: 'client_stopped', cause: { code: 'device_suspended', status: 403 } },
  );
  t.equal(ends.at(-1), null);
});

t.test('a server that stops its heartbeat is left and found again', async (t) => {
  const clock = acceleratedClock(20);
  const { server, client } = await pair(t, { heartbeatS: 2 }, { clock });
  client.start();
  await once(client, 'connected');
  const [end] = await once(client, 'closed');
  t.equal(end.code, 4408);
  // Those that ping stay.
  await once(client, 'connected');
  const pings = setInterval(() => server.peers.at(-1)?.socket.ping(), 40);
  t.teardown(() => clearInterval(pings));
  const connects = client.stats.connects;
  await new Promise((resolve) => setTimeout(resolve, 600));
  t.equal(client.stats.connects, connects);
});

t.test('commands are carried out and answered, the unknown and the failing too', async (t) => {
  const answers: unknown[] = [];
  const { server, client } = await pair(
    t,
    {
      onFrame(frame, peer, self) {
        if (frame.type === 'result') answers.push(frame);
        else self.take(frame, peer);
      },
    },
    {
      subprotocol: CBOR_SUBPROTOCOL,
      commands: {
        identify: () => 'blinking',
        set_interval: ({ ms }) => {
          throw new Error(`ms ${String(ms)} is too short`);
        },
      },
    },
  );
  client.start();
  await once(client, 'connected');
  server.peers[0]?.send({ type: 'command', id: 'a', name: 'identify', args: {} });
  server.peers[0]?.send({ type: 'command', id: 'b', name: 'set_interval', args: { ms: 1 } });
  server.peers[0]?.send({ type: 'command', id: 'c', name: 'start_waveform', args: {} });
  while (answers.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  t.same(
    answers.sort((a, b) => ((a as { id: string }).id < (b as { id: string }).id ? -1 : 1)),
    [
      { type: 'result', id: 'a', ok: true, message: 'blinking' },
      { type: 'result', id: 'b', ok: false, message: 'ms 1 is too short' },
      { type: 'result', id: 'c', ok: false, message: 'not supported by this device' },
    ],
  );
});

t.test('close while connecting, while waiting and twice ends promptly', async (t) => {
  const client = new DeviceClient({
    url: 'https://127.0.0.1:1',
    ...identity,
    backoff: { ...quick, withJitter: { baseMs: 60_000, capMs: 60_000 } },
    random: () => 0.99,
  });
  client.start();
  await once(client, 'closed');
  await client.close();
  await client.close();
  await t.rejects(client.room(), { code: 'client_stopped' });
  const { client: other } = await pair(t);
  other.start();
  await other.close();
  t.equal(other.stats.connected, false);
});
