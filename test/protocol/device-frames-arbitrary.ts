import fc from 'fast-check';
import { COMMAND_NAMES } from '../../src/model/device-command.ts';
import { SIGNAL_NAMES } from '../../src/model/signal.ts';
import { VITAL_NAMES } from '../../src/model/vital.ts';
import type { DeviceFrame, ServerToDeviceFrame } from '../../src/protocol/device-frames.ts';
import { MAX_ACK_INTERVAL_MS, MAX_WAVEFORM_RATE_HZ } from '../../src/protocol/limits.ts';
import { REJECT_CODES, type RejectCode } from '../../src/protocol/reject-codes.ts';

const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
/** JSON has no negative zero. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const sample = fc
  .record({ t: time, values: fc.dictionary(fc.constantFrom(...VITAL_NAMES), number) })
  .map(({ t, values }) => ({ t, ...values }));

/** Frames a device may send; waveforms hold plain arrays. */
export const deviceFrame: fc.Arbitrary<DeviceFrame> = fc.oneof(
  fc.record(
    {
      type: fc.constant('hello' as const),
      stream: fc.uuid(),
      time,
      firmware: fc.string({ maxLength: 64 }),
      ack_interval_ms: fc.nat({ max: MAX_ACK_INTERVAL_MS }),
    },
    { requiredKeys: ['type', 'stream', 'time'] },
  ),
  fc.record({
    type: fc.constant('vitals' as const),
    seq,
    samples: fc.array(sample, { minLength: 1, maxLength: 20 }),
  }),
  fc.record({
    type: fc.constant('waveform' as const),
    seq,
    signal: fc.constantFrom(...SIGNAL_NAMES),
    t: time,
    rate_hz: fc.integer({ min: 1, max: MAX_WAVEFORM_RATE_HZ }),
    values: fc.array(number, { minLength: 1, maxLength: 50 }),
  }),
  fc.record(
    {
      type: fc.constant('status' as const),
      seq,
      battery_percent: fc.integer({ min: 0, max: 100 }),
      worn: fc.boolean(),
      charging: fc.boolean(),
    },
    { requiredKeys: ['type', 'seq'] },
  ),
  fc.record(
    {
      type: fc.constant('result' as const),
      id: fc.string({ minLength: 1, maxLength: 64 }),
      ok: fc.boolean(),
      message: fc.string({ maxLength: 500 }),
    },
    { requiredKeys: ['type', 'id', 'ok'] },
  ),
  fc.record({ type: fc.constant('refresh' as const), token: fc.string({ minLength: 1, maxLength: 200 }) }),
);

/** Frames the server may send to a device. */
export const serverFrame: fc.Arbitrary<ServerToDeviceFrame> = fc.oneof(
  fc.record({
    type: fc.constant('welcome' as const),
    session: fc.uuid(),
    ack: fc.nat(),
    time,
    heartbeat_s: fc.integer({ min: 1, max: 300 }),
    token_expires: time,
  }),
  fc.record({ type: fc.constant('ack' as const), seq: fc.nat() }),
  fc.record(
    {
      type: fc.constant('reject' as const),
      seq,
      code: fc.constantFrom(...(Object.keys(REJECT_CODES) as RejectCode[])),
      message: fc.string(),
      samples: fc.array(fc.nat({ max: 499 })),
    },
    { requiredKeys: ['type', 'seq', 'code', 'message'] },
  ),
  fc.record({ type: fc.constant('resend' as const), from: seq }),
  fc.record({
    type: fc.constant('command' as const),
    id: fc.uuid(),
    name: fc.constantFrom(...COMMAND_NAMES),
    args: fc.dictionary(fc.constantFrom('interval_ms', 'signals', 'rate_hz'), fc.nat()),
  }),
  fc.record({ type: fc.constant('refreshed' as const), token_expires: time }),
  fc.record({ type: fc.constant('token_expiring' as const), token_expires: time }),
);
