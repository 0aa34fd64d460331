import t from 'tap';
import { vitalsConcerned } from '../../src/model/alarm.ts';
import { CBOR_SUBPROTOCOL } from '../../src/protocol/device-codec.ts';
import { happens } from '../support/happening.ts';
import { D1, DAY_MS, ingestWorld } from '../support/ingest-world.ts';

t.test(
  'a broken probe does not hide a falling heart rate: what is possible is evaluated, and not stored',
  async (t) => {
    const { connect, clock, bus, storedFrames } = await ingestWorld(t);
    const raised: string[] = [];
    bus.subscribe({
      alarm: ({ event, alarm }) =>
        raised.push(
          `${event} ${alarm.kind === 'physiological' ? vitalsConcerned(alarm)[0] : alarm.condition}`,
        ),
    });
    const peer = connect();
    await peer.hello({ ack_interval_ms: 0 });
    const from = clock.now() - 20_000;
    peer.vitals(
      1,
      ...Array.from({ length: 15 }, (_, s) => ({ t: from + s * 1_000, heart_rate: 30, spo2: 127 })),
    );
    t.same(raised, ['raised impossible_value', 'raised heart_rate']);
    t.match(await storedFrames(), [{ parts: [] }]);
  },
);

t.test('wrong samples are refused alone, by index, and the frame is acked', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello({ ack_interval_ms: 0 });
  const now = clock.now();
  const good = { t: now, heart_rate: 70 };
  peer.vitals(
    1,
    good,
    { t: now, spo2: 140 },
    { t: now, mood: 7 },
    { t: now + 365 * DAY_MS, heart_rate: 70 },
    { t: now + 1, heart_rate: 71 },
    { t: now, heart_rate: -5 },
  );
  t.match(
    peer.of('reject').map(({ seq, code, samples }) => ({ seq, code, samples })),
    [
      { seq: 1, code: 'impossible_value', samples: [1, 5] },
      { seq: 1, code: 'unknown_vital', samples: [2] },
      { seq: 1, code: 'time_ahead', samples: [3] },
    ],
  );
  t.match(peer.of('reject')[0]?.message, /spo2 140 .*<=100 %/);
  t.match(await storedFrames(), [{ parts: [{ samples: [good, { t: now + 1, heart_rate: 71 }] }] }]);
  await happens('ack', () => peer.of('ack').at(-1)?.seq === 1);
  t.equal(peer.transport.closed, null, 'and the session goes on');
});

t.test(
  'a frame of which nothing is left is consumed: stored empty, acked, not asked for again',
  async (t) => {
    const { connect, storedFrames } = await ingestWorld(t);
    const peer = connect();
    await peer.hello({ ack_interval_ms: 0 });
    peer.vitals(1, 'nonsense');
    peer.send({ type: 'waveform', seq: 2, signal: 'eeg', t: 1, rate_hz: 100, values: [1] });
    peer.vitals(3);
    t.match(peer.of('reject'), [
      { seq: 1, code: 'invalid_sample', samples: [0] },
      { seq: 2, code: 'unknown_signal', message: /"eeg" is not one of ecg_i/ },
    ]);
    t.notOk('samples' in (peer.of('reject')[1] ?? {}), 'the whole frame');
    t.match(await storedFrames(), [
      { seq: 1, kind: 'vitals', parts: [] },
      { seq: 2, kind: 'consumed' },
      { seq: 3, kind: 'vitals' },
    ]);
    await happens('ack', () => peer.of('ack').at(-1)?.seq === 3);
    t.same(peer.of('resend'), []);
  },
);

t.test('a waveform with a value that is no number is refused whole', async (t) => {
  const { connect, storedFrames } = await ingestWorld(t);
  const peer = connect(D1, { subprotocol: CBOR_SUBPROTOCOL });
  await peer.hello();
  for (const [i, value] of [Number.NaN, Number.POSITIVE_INFINITY].entries())
    peer.send({
      type: 'waveform',
      seq: i + 1,
      signal: 'ppg',
      t: 1,
      rate_hz: 25,
      values: Float64Array.of(1, value),
    });
  t.match(peer.of('reject'), [
    { seq: 1, code: 'invalid_waveform' },
    { seq: 2, code: 'invalid_waveform' },
  ]);
  t.match(await storedFrames(), [{ kind: 'consumed' }, { kind: 'consumed' }]);
});

t.test('a waveform is refused for its time as a sample is', async (t) => {
  const { connect, clock, storedFrames } = await ingestWorld(t);
  const peer = connect();
  await peer.hello();
  const wave = { type: 'waveform', signal: 'ppg', rate_hz: 25, values: [1] } as const;
  peer.send({ ...wave, seq: 1, t: clock.now() + DAY_MS + 1 });
  peer.send({ ...wave, seq: 2, t: clock.now() - 30 * DAY_MS - 1 });
  peer.send({ ...wave, seq: 3, t: clock.now() + DAY_MS });
  t.match(peer.of('reject'), [
    { seq: 1, code: 'time_ahead' },
    { seq: 2, code: 'time_expired' },
  ]);
  t.match(await storedFrames(), [{ kind: 'consumed' }, { kind: 'consumed' }, { kind: 'waveform' }]);
});
