import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { deviceId } from '../../src/model/ids.ts';
import { eventually } from '../support/eventually.ts';
import { goodDevice } from '../support/good-device.ts';
import { openStream, type RawSocket } from '../support/raw-device.ts';
import { runningServer } from '../support/running-server.ts';

const DAY_MS = 86_400_000;
const server = await runningServer(t);
const good = await goodDevice(server);
const wearable = await server.wearable('watch-1', 'p-1');

const hello = (): object => ({ type: 'hello', stream: randomUUID(), time: Date.now(), ack_interval_ms: 0 });

/** Connects anew, says hello and waits for the welcome. */
async function streaming(): Promise<RawSocket> {
  const stream = await openStream(server, wearable);
  stream.send(hello());
  await stream.frame('welcome');
  return stream;
}

/** Sends `messages` on a connection of their own; gives how the server closed it. */
async function closedBy(messages: readonly (string | Buffer | object)[], greeted: boolean) {
  const stream = greeted ? await streaming() : await openStream(server, wearable);
  for (const message of messages)
    stream.socket.send(
      typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
    );
  return stream.closed;
}

async function closes4400(
  t: Test,
  cases: Readonly<Record<string, readonly (string | Buffer | object)[]>>,
  greeted: boolean,
): Promise<void> {
  for (const [name, messages] of Object.entries(cases)) {
    const { code, reason } = await closedBy(messages, greeted);
    t.equal(code, 4400, name);
    t.not(reason, '', `${name}: says ${reason}`);
  }
}

t.test('before hello, whatever is not a hello closes the socket: 4400', async (t) => {
  await closes4400(
    t,
    {
      'vitals first': [{ type: 'vitals', seq: 1, samples: [{ t: Date.now(), spo2: 97 }] }],
      'not JSON': ['{"type":"hello"'],
      'an empty message': [''],
      null: ['null'],
      'a number': ['1'],
      'an array': ['[]'],
      'no type': ['{}'],
      'a type that is no text': ['{"type":{"type":"hello"}}'],
      'a type of a prototype': ['{"type":"constructor"}'],
      "a server's frame": ['{"type":"welcome"}'],
      'binary on JSON': [Buffer.from(JSON.stringify(hello()))],
      'CBOR on JSON': [Buffer.from('a164747970656568656c6c6f', 'hex')],
      'hello without a stream': [{ type: 'hello', time: 1 }],
      'hello with a stream that is no UUID': [{ ...hello(), stream: 'x'.repeat(36) }],
      'hello with a time that is text': [{ ...hello(), time: 'now' }],
      'hello with an ack interval of a day': [{ ...hello(), ack_interval_ms: DAY_MS }],
      'hello twice': [hello(), hello()],
      'deep nesting': ['['.repeat(100_000)],
      'an unknown type with a long name': [{ type: 'ü'.repeat(10_000) }],
    },
    false,
  );
  await good.goesOn(t);
});

t.test('after welcome, a frame that is wrong as a whole closes the socket: 4400', async (t) => {
  const sample = { t: Date.now(), spo2: 97 };
  await closes4400(
    t,
    {
      'not JSON': ['not json'],
      'an unknown type': [{ type: 'reboot' }],
      'seq 0': [{ type: 'vitals', seq: 0, samples: [sample] }],
      'seq 1.5': [{ type: 'vitals', seq: 1.5, samples: [sample] }],
      'seq beyond what is exact': ['{"type":"status","seq":9007199254740993}'],
      'no samples': [{ type: 'vitals', seq: 1, samples: [] }],
      'samples that are no array': [{ type: 'vitals', seq: 1, samples: { 0: sample } }],
      '501 samples': [{ type: 'vitals', seq: 1, samples: Array.from({ length: 501 }, () => sample) }],
      '2,001 values': [
        { type: 'waveform', seq: 1, signal: 'ecg_i', t: 1, rate_hz: 250, values: Array(2_001).fill(0) },
      ],
      'a rate of 0': [{ type: 'waveform', seq: 1, signal: 'ecg_i', t: 1, rate_hz: 0, values: [0] }],
      'a value that is text': [
        { type: 'waveform', seq: 1, signal: 'ecg_i', t: 1, rate_hz: 250, values: ['0'] },
      ],
      'a battery of 200 %': [{ type: 'status', seq: 1, battery_percent: 200 }],
      'a hello in the middle': [hello()],
    },
    true,
  );
  await good.goesOn(t);
});

t.test('invalid UTF-8 in a text message ends the connection, and only that one', async (t) => {
  const { code } = await (async () => {
    const stream = await streaming();
    stream.socket.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
    return stream.closed;
  })();
  t.ok([1007, 4400].includes(code), `closed with ${code}`);
  await good.goesOn(t);
});

t.test('wrong samples are rejected alone, by index; the rest is stored and the frame acked', async (t) => {
  const now = Date.now();
  const begin = now - 60_000;
  const stream = await streaming();
  stream.send({
    type: 'vitals',
    seq: 1,
    samples: [
      { t: begin, spo2: 97 },
      { t: begin + 1_000, spo2: 140 },
      { t: begin + 2_000, blood_alcohol: 1 },
      { t: now + 365 * DAY_MS, spo2: 96 },
      { t: now - 31 * DAY_MS, spo2: 95 },
      { t: begin + 3_000 },
      { t: begin + 4_000, spo2: '97' },
      { t: begin + 5_000, spo2: null },
      { t: begin + 6_000.5, spo2: 97 },
      { spo2: 97 },
      'a sample',
      null,
      [{ t: begin, spo2: 97 }],
      { t: begin + 7_000, spo2: 97, quality: 'excellent' },
      JSON.parse(`{"t":${begin + 8_000},"spo2":97,"__proto__":{"heart_rate":70}}`),
      { t: begin + 9_000, spo2: 97, constructor: 1 },
      { t: begin + 10_000, spo2: 0 },
      { t: begin + 11_000, resp_rate: 0, heart_rate: 299.9 },
      { t: begin + 12_000, spo2: 100, quality: 'motion' },
    ],
  });
  const ack = await stream.frame('ack');
  t.same(ack, { type: 'ack', seq: 1 }, 'the frame is consumed');
  const rejects = stream.frames.filter(({ type }) => type === 'reject');
  t.match(Object.fromEntries(rejects.map(({ code, samples }) => [String(code), samples])), {
    impossible_value: [1, 16],
    unknown_vital: [2, 14, 15],
    time_ahead: [3],
    time_expired: [4],
    invalid_sample: [5, 6, 7, 8, 9, 10, 11, 12, 13],
  });
  for (const reject of rejects) t.match(reject, { seq: 1, message: /\S/ });
  t.match(
    rejects.find(({ code }) => code === 'impossible_value'),
    { message: /spo2 140.*100/ },
  );
  await server.app.drained();
  t.equal(
    await server.app.store.countSamples(deviceId('watch-1'), 0, now + 400 * DAY_MS),
    3,
    'samples 0, 17 and 18',
  );
  stream.socket.terminate();
  await good.goesOn(t);
});

t.test('a trace that is wrong in itself is rejected as a whole, and its number acked', async (t) => {
  const stream = await streaming();
  const waveform = { type: 'waveform', signal: 'ecg_i', t: Date.now(), rate_hz: 250, values: [0.1, 0.2] };
  stream.send({ ...waveform, seq: 1, signal: 'eeg' });
  stream.send({ ...waveform, seq: 2, t: Date.now() + 365 * DAY_MS });
  stream.send({ ...waveform, seq: 3, t: Date.now() - 31 * DAY_MS });
  stream.send({ ...waveform, seq: 4, t: Number.MAX_SAFE_INTEGER });
  stream.send({ ...waveform, seq: 5 });
  await eventually(() => stream.frames.some(({ type, seq }) => type === 'ack' && seq === 5));
  t.same(
    stream.frames.filter(({ type }) => type === 'reject').map(({ seq, code }) => `${seq} ${code}`),
    ['1 unknown_signal', '2 time_ahead', '3 time_expired', '4 time_ahead'],
  );
  stream.socket.terminate();
  await good.goesOn(t);
});

t.test(
  'numbers out of order: a gap is asked for once, a duplicate acked again and not stored twice',
  async (t) => {
    const begin = Date.now() - 30_000;
    const vitals = (seq: number) => ({
      type: 'vitals',
      seq,
      samples: [{ t: begin + seq * 1_000, heart_rate: 71 }],
    });
    const before = await server.app.store.countSamples(deviceId('watch-1'), 0, Date.now());
    const stream = await streaming();
    for (const seq of [1, 3, 4, 5]) stream.send(vitals(seq));
    t.same(await stream.frame('resend'), { type: 'resend', from: 2 });
    for (const seq of [2, 3, 4, 5]) stream.send(vitals(seq));
    const acksOf5 = (): number => stream.frames.filter(({ type, seq }) => type === 'ack' && seq === 5).length;
    await eventually(() => acksOf5() === 1);
    for (const seq of [5, 1]) stream.send(vitals(seq));
    await eventually(() => acksOf5() === 2);
    t.equal(stream.frames.filter(({ type }) => type === 'resend').length, 1);
    await server.app.drained();
    t.equal(await server.app.store.countSamples(deviceId('watch-1'), 0, Date.now()), before + 5);
    stream.socket.terminate();
    await good.goesOn(t);
  },
);
