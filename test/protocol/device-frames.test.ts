import t from 'tap';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import { JSON_SUBPROTOCOL, serverCodecs } from '../../src/protocol/device-codec.ts';
import {
  MAX_ACK_INTERVAL_MS,
  MAX_DEVICE_MESSAGE_BYTES,
  MAX_SAMPLES_PER_FRAME,
  MAX_VALUES_PER_WAVEFORM,
  MAX_WAVEFORM_RATE_HZ,
} from '../../src/protocol/limits.ts';

const codec = serverCodecs()[JSON_SUBPROTOCOL];
const hello = { type: 'hello', stream: '0198c0de-0000-7000-8000-000000000001', time: 1 };
const vitals = { type: 'vitals', seq: 1, samples: [{ t: 1, spo2: 98 }] };
const waveform = { type: 'waveform', seq: 1, signal: 'ppg', t: 1, rate_hz: 25, values: [1] };
const status = { type: 'status', seq: 1 };
const result = { type: 'result', id: 'c', ok: true };
const refresh = { type: 'refresh', token: 'x' };
const times = (length: number, value: unknown): unknown[] => new Array(length).fill(value);

const TAKEN: readonly object[] = [
  hello,
  { ...hello, firmware: 'f'.repeat(64) },
  { ...hello, ack_interval_ms: 0 },
  { ...hello, ack_interval_ms: MAX_ACK_INTERVAL_MS },
  { ...hello, of_a_later_version: true },
  vitals,
  { ...vitals, seq: Number.MAX_SAFE_INTEGER },
  { ...vitals, samples: times(MAX_SAMPLES_PER_FRAME, {}) },
  { ...vitals, samples: [null] },
  waveform,
  { ...waveform, signal: 'not_in_the_catalogue' },
  { ...waveform, values: times(MAX_VALUES_PER_WAVEFORM, 0.5) },
  { ...waveform, rate_hz: MAX_WAVEFORM_RATE_HZ },
  { ...waveform, rate_hz: 0.1 },
  status,
  { ...status, battery_percent: 0, worn: false, charging: true },
  { ...status, battery_percent: 100 },
  result,
  { ...result, ok: false, message: 'm'.repeat(500) },
  refresh,
];

const REFUSED: readonly (readonly [frame: object, field: string])[] = [
  [{ type: 'hello', time: 1 }, 'hello'],
  [{ ...hello, stream: 'short' }, 'hello.stream'],
  [{ ...hello, time: -1 }, 'hello.time'],
  [{ ...hello, time: 1.5 }, 'hello.time'],
  [{ ...hello, time: '2026-01-01' }, 'hello.time'],
  [{ ...hello, time: 2 ** 53 }, 'hello.time'],
  [{ ...hello, firmware: 'f'.repeat(65) }, 'hello.firmware'],
  [{ ...hello, ack_interval_ms: -1 }, 'hello.ack_interval_ms'],
  [{ ...hello, ack_interval_ms: MAX_ACK_INTERVAL_MS + 1 }, 'hello.ack_interval_ms'],
  [{ ...vitals, seq: 0 }, 'vitals.seq'],
  [{ ...vitals, seq: -1 }, 'vitals.seq'],
  [{ ...vitals, seq: 1.5 }, 'vitals.seq'],
  [{ ...vitals, seq: 2 ** 53 }, 'vitals.seq'],
  [{ ...vitals, seq: '1' }, 'vitals.seq'],
  [{ type: 'vitals', samples: [{}] }, 'vitals'],
  [{ ...vitals, samples: [] }, 'vitals.samples'],
  [{ ...vitals, samples: {} }, 'vitals.samples'],
  [{ ...vitals, samples: times(MAX_SAMPLES_PER_FRAME + 1, {}) }, 'vitals.samples'],
  [{ ...waveform, signal: '' }, 'waveform.signal'],
  [{ ...waveform, signal: 's'.repeat(33) }, 'waveform.signal'],
  [{ ...waveform, rate_hz: 0 }, 'waveform.rate_hz'],
  [{ ...waveform, rate_hz: MAX_WAVEFORM_RATE_HZ + 1 }, 'waveform.rate_hz'],
  [{ ...waveform, t: -1 }, 'waveform.t'],
  [{ ...waveform, values: [] }, 'waveform.values'],
  [{ ...waveform, values: ['1'] }, 'waveform.values.0'],
  [{ ...waveform, values: [null] }, 'waveform.values.0'],
  [{ ...waveform, values: times(MAX_VALUES_PER_WAVEFORM + 1, 1) }, 'waveform.values'],
  [{ ...status, battery_percent: 101 }, 'status.battery_percent'],
  [{ ...status, battery_percent: -1 }, 'status.battery_percent'],
  [{ ...status, worn: 1 }, 'status.worn'],
  [{ ...result, id: '' }, 'result.id'],
  [{ ...result, id: 'i'.repeat(65) }, 'result.id'],
  [{ ...result, message: 'm'.repeat(501) }, 'result.message'],
  [{ type: 'result', id: 'c' }, 'result'],
  [{ ...refresh, token: '' }, 'refresh.token'],
  [{ ...refresh, token: 't'.repeat(8_193) }, 'refresh.token'],
];

t.test('frames within the limits are taken', async (t) => {
  for (const frame of TAKEN)
    t.same(
      codec.decode(JSON.stringify(frame), false),
      { ok: true, frame },
      JSON.stringify(frame).slice(0, 90),
    );
});

t.test('frames past a limit are refused with the name of the field', async (t) => {
  for (const [frame, field] of REFUSED) {
    const decoded = codec.decode(JSON.stringify(frame), false);
    t.ok(
      !decoded.ok && decoded.problem.startsWith(`${field} `),
      `${field}: ${decoded.ok || decoded.problem}`,
    );
  }
});

t.test('500 samples with every vital fit in the largest message', async (t) => {
  const sample = { t: 1_700_000_000_000, quality: 'poor_contact' };
  const full = { ...sample, ...Object.fromEntries(VITAL_NAMES.map((vital) => [vital, 123.4567])) };
  const frame = JSON.stringify({ ...vitals, samples: times(MAX_SAMPLES_PER_FRAME, full) });
  t.ok(frame.length < MAX_DEVICE_MESSAGE_BYTES, `${frame.length} bytes`);
});
