import t from 'tap';
import { CBOR_SUBPROTOCOL } from '../../src/protocol/device-codec.ts';
import { controlledJournal } from '../support/controlled-journal.ts';
import { happens, settled } from '../support/happening.ts';
import { counted, D1, D2, ingestWorld, P1 } from '../support/ingest-world.ts';
import { STREAM, streams } from '../support/records.ts';

const sample = (t: number) => ({ t, heart_rate: 72, spo2: 97 });

t.test('hello is answered with a welcome that says how far the stream has come', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  const peer = connect();
  await peer.hello();
  t.match(peer.frames, [
    {
      type: 'welcome',
      session: 'session-1',
      ack: 0,
      time: clock.now(),
      heartbeat_s: 20,
      token_expires: clock.now() + 3_600_000,
    },
  ]);
});

t.test('a stream is the same in upper and lower case', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t);
  const first = connect();
  await first.hello({ stream: STREAM.toUpperCase() });
  first.vitals(1);
  t.match(await storedFrames(), [{ stream: STREAM, seq: 1 }]);
  first.leave();
  const second = connect();
  await second.hello();
  t.match(second.frames, [{ type: 'welcome', ack: 1 }]);
});

t.test('what breaks the order closes the socket with 4400', async (t) => {
  const broken: readonly [
    string,
    (peer: ReturnType<Awaited<ReturnType<typeof ingestWorld>>['connect']>) => void,
  ][] = [
    ['vitals before hello', (peer) => peer.vitals(1)],
    ['a token before hello', (peer) => peer.send({ type: 'refresh', token: 'x' })],
    ['no JSON', (peer) => peer.sendRaw('{')],
    [
      'a binary frame on the JSON sub-protocol',
      (peer) => peer.sendRaw(Buffer.from('{"type":"hello"}'), true),
    ],
    ['an unknown type', (peer) => peer.sendRaw('{"type":"goodbye"}')],
    ['a server frame', (peer) => peer.sendRaw('{"type":"ack","seq":1}')],
    ['a stream that is no UUID', (peer) => peer.send({ type: 'hello', stream: 'x'.repeat(36), time: 1 })],
  ];
  const { connect, storedFrames } = await ingestWorld(t);
  for (const [what, send] of broken) {
    const peer = connect();
    send(peer);
    t.equal(peer.transport.closed?.code, 4400, what);
    t.ok(peer.transport.closed?.reason, what);
    peer.vitals(1);
    peer.leave();
  }
  t.same(await storedFrames(), [], 'and nothing of it is stored');
});

t.test('a second hello closes the socket, before the welcome and after', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  const early = connect();
  for (const _ of [1, 2]) early.send({ type: 'hello', stream: STREAM, time: clock.now() });
  t.match(early.transport.closed, { code: 4400, reason: 'hello twice' });
  const late = connect();
  await late.hello();
  late.send({ type: 'hello', stream: STREAM, time: clock.now() });
  t.match(late.transport.closed, { code: 4400, reason: 'hello twice' });
});

t.test('frames that come before the welcome are taken after it, in order, and counted once', async (t) => {
  const { connect, clock, storedFrames, metrics } = await ingestWorld(t);
  const peer = connect();
  peer.send({ type: 'hello', stream: STREAM, time: clock.now() });
  for (const seq of [1, 2, 3]) peer.vitals(seq);
  await happens('welcome', () => peer.frames.length > 0);
  t.match(await storedFrames(), [{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
  t.equal(await counted(metrics, 'vitalwire_device_frames_total{type="vitals"}'), 3);
});

t.test('a peer that does not wait for the welcome at all is closed', async (t) => {
  const { connect, clock } = await ingestWorld(t);
  const peer = connect();
  peer.send({ type: 'hello', stream: STREAM, time: clock.now() });
  for (let seq = 1; seq <= 1_025; seq++) peer.vitals(seq);
  t.equal(peer.transport.closed?.code, 4429);
});

t.test('a device that waits for its welcome is not read meanwhile', async (t) => {
  const journal = controlledJournal();
  const { connect } = await ingestWorld(t, { journal });
  const answer = Promise.withResolvers<number>();
  journal.durableSeq = () => answer.promise;
  const peer = connect();
  const welcomed = peer.hello();
  peer.vitals(1);
  t.ok(peer.transport.paused, 'a frame may hold 256 KiB');
  answer.resolve(0);
  await welcomed;
  t.notOk(peer.transport.paused);
  t.equal(journal.pending, 1, 'what came in the same read is taken');
});

t.test('a frame is journaled with its origin, the skew of the clock and the wearer', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ time: clock.now() - 60_000 });
  const t0 = clock.now() - 60_000;
  peer.vitals(1, sample(t0));
  peer.send({ type: 'status', seq: 2, battery_percent: 80, worn: true });
  const origin = { device: D1, stream: STREAM, skew: -60_000, received: clock.now() };
  t.same(await storedFrames(), [
    { kind: 'vitals', ...origin, seq: 1, parts: [{ patient: P1, samples: [sample(t0)] }] },
    { kind: 'status', ...origin, seq: 2, battery_percent: 80, worn: true },
  ]);
});

t.test('a clock that is off by 5 s or less is taken as right', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  for (const [device, ahead] of [
    [D1, 5_000],
    [D2, 5_001],
  ] as const) {
    const peer = connect(device);
    await peer.hello({ time: clock.now() + ahead });
    peer.vitals(1);
    await storedFrames();
  }
  t.match(await storedFrames(), [{ skew: 0 }, { skew: 5_001 }]);
});

t.test('both sub-protocols store the same', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const peer = connect(D1, { subprotocol: CBOR_SUBPROTOCOL });
  await peer.hello({ ack_interval_ms: 0 });
  peer.vitals(1, sample(clock.now()));
  const values = Float32Array.of(0.5, -0.25, 1);
  peer.send({ type: 'waveform', seq: 2, signal: 'ecg_ii', t: clock.now(), rate_hz: 250, values });
  const [vitals, waveform] = await storedFrames();
  t.match(vitals, { kind: 'vitals', parts: [{ patient: P1, samples: [sample(clock.now())] }] });
  t.match(waveform, {
    kind: 'waveform',
    patient: P1,
    signal: 'ecg_ii',
    rate_hz: 250,
    values: [0.5, -0.25, 1],
  });
  await happens('ack', () => peer.of('ack').at(-1)?.seq === 2);
});

t.test('a session goes on where the one before it ended', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t);
  const first = connect();
  await first.hello();
  for (const seq of [1, 2, 3]) first.vitals(seq);
  await storedFrames();
  first.leave();
  const second = connect();
  await second.hello();
  t.match(second.frames, [{ type: 'welcome', ack: 3 }]);
  second.vitals(4);
  t.match(await storedFrames(), [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }]);
  second.leave();
  const other = connect();
  await other.hello({ stream: streams[1] });
  t.match(other.frames, [{ type: 'welcome', ack: 0 }], 'another stream starts anew');
});

t.test(
  'a device that says hello while its frames are on the way to the disk has none stored twice',
  async (t) => {
    const { connect, clock, storedFrames } = await ingestWorld(t);
    const first = connect();
    await first.hello();
    for (const seq of [1, 2, 3]) first.vitals(seq);
    const second = connect();
    t.equal(first.transport.closed?.code, 4409);
    second.send({ type: 'hello', stream: STREAM, time: clock.now(), ack_interval_ms: 0 });
    await Promise.resolve();
    t.match(second.frames, [{ type: 'welcome', ack: 0 }], 'nothing is on disk yet');
    for (const seq of [1, 2, 3]) second.vitals(seq);
    clock.advance(100);
    t.same(
      (await storedFrames()).map((frame) => frame.seq),
      [1, 2, 3],
    );
    await settled();
    clock.advance(100);
    t.equal(second.of('ack').at(-1)?.seq, 3, 'and what the first session sent is acked to the second');
  },
);

t.test('a device that does not read what it is told is closed, and not waited for in memory', async (t) => {
  const { connect } = await ingestWorld(t);
  const peer = connect();
  await peer.hello();
  const before = peer.transport.sent.length;
  peer.transport.bufferedAmount = 2 ** 20;
  peer.vitals(1, { t: -1 });
  t.equal(peer.transport.closed?.code, 1013);
  t.equal(peer.transport.sent.length, before);
});
