import type { DEVICE_TO_SERVER, SERVER_TO_DEVICE } from '../../src/protocol/device-frames.ts';
import { type Examples, T } from './frame-example.ts';

/** What devices send: as in a conversation with a server, in this order. */
export const DEVICE_EXAMPLES: Examples<typeof DEVICE_TO_SERVER> = {
  hello: {
    type: 'hello',
    stream: '4ec28109-60f7-4f78-90b3-02f41d89d24c',
    time: T,
    firmware: '2.1.0',
    ack_interval_ms: 2000,
  },
  vitals: {
    type: 'vitals',
    seq: 1,
    samples: [
      { t: T + 1000, heart_rate: 72, spo2: 97, resp_rate: 14 },
      { t: T + 2000, heart_rate: 74, spo2: 97, quality: 'motion' },
    ],
  },
  waveform: {
    type: 'waveform',
    seq: 2,
    signal: 'ecg_ii',
    t: T + 2000,
    rate_hz: 125,
    values: [-0.015, -0.013, 0.002],
  },
  status: { type: 'status', seq: 3, battery_percent: 81, worn: true, charging: false },
  result: { type: 'result', id: '557a09b3-1bf8-474a-8252-2c5682e517c4', ok: true },
  refresh: { type: 'refresh', token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIs...' },
};

/** What the server answers to them. */
export const SERVER_EXAMPLES: Examples<typeof SERVER_TO_DEVICE> = {
  welcome: {
    type: 'welcome',
    session: '5ef090c1-10c8-44da-a0f9-968429d6df35',
    ack: 0,
    time: T + 4,
    heartbeat_s: 20,
    token_expires: T + 3_600_000,
  },
  ack: { type: 'ack', seq: 3 },
  reject: {
    type: 'reject',
    seq: 2,
    code: 'impossible_value',
    message: 'spo2 140 is impossible: >0 and <=100 %',
    samples: [0],
  },
  resend: { type: 'resend', from: 3 },
  command: {
    type: 'command',
    id: '557a09b3-1bf8-474a-8252-2c5682e517c4',
    name: 'start_waveform',
    args: { signals: ['ecg_ii'] },
  },
  refreshed: { type: 'refreshed', token_expires: T + 7_200_000 },
  token_expiring: { type: 'token_expiring', token_expires: T + 3_600_000 },
};
