import t from 'tap';
import type { DeviceId, PatientId, StreamId } from '../../src/model/ids.ts';
import { momentsOf, pointsOf } from '../../src/store/points.ts';
import { anObservation } from '../support/observations.ts';

const DEVICE = 'd' as DeviceId;
const [P1, P2] = ['p1', 'p2'] as PatientId[] as [PatientId, PatientId];
const origin = { device: DEVICE, stream: 's' as StreamId, seq: 1, received: 9_000, skew: 0 };

t.test('a vitals frame gives a point a sample, under whoever wore the device then', async (t) => {
  const points = pointsOf({
    kind: 'vitals',
    ...origin,
    parts: [
      { patient: P1, samples: [{ t: 1, heart_rate: 70, quality: 'motion' }] },
      { patient: null, samples: [] },
      { patient: P2, samples: [{ t: 2, spo2: 97, resp_rate: 0 }] },
    ],
  });
  t.strictSame(points, [
    {
      measurement: 'vitals',
      patient: P1,
      device: DEVICE,
      t: 1,
      values: { heart_rate: 70 },
      quality: 'motion',
      received: null,
    },
    {
      measurement: 'vitals',
      patient: P2,
      device: DEVICE,
      t: 2,
      values: { resp_rate: 0, spo2: 97 },
      quality: null,
      received: null,
    },
  ]);
});

t.test('the receive time is kept where the clock of the device is wrong', async (t) => {
  const [point] = pointsOf({
    kind: 'vitals',
    ...origin,
    skew: -90_000,
    parts: [{ patient: P1, samples: [{ t: 1, spo2: 97 }] }],
  });
  t.match(point, { t: 1, received: 9_000 });
});

t.test('a trace is one point that counts a moment a value', async (t) => {
  const chunk = {
    kind: 'waveform',
    ...origin,
    patient: P1,
    signal: 'ppg',
    t: 5,
    rate_hz: 125,
    values: [1, 2],
  } as const;
  const [point] = pointsOf(chunk);
  t.strictSame(point, {
    measurement: 'waveforms',
    patient: P1,
    device: DEVICE,
    signal: 'ppg',
    t: 5,
    rate_hz: 125,
    values: [1, 2],
  });
  t.equal(momentsOf(point!), 2);
  t.strictSame(pointsOf({ ...chunk, values: [] }), []);
});

t.test('a device state is stored at its time of receipt, a consumed frame not at all', async (t) => {
  t.strictSame(pointsOf({ kind: 'status', ...origin, battery_percent: 50, worn: false }), [
    {
      measurement: 'device_status',
      device: DEVICE,
      t: 9_000,
      battery_percent: 50,
      worn: false,
      charging: null,
    },
  ]);
  t.strictSame(pointsOf({ kind: 'consumed', ...origin }), []);
});

t.test(
  'what a person entered is kept whole, and its vitals stand in the history of device "manual"',
  async (t) => {
    const observation = anObservation(7_000, { values: { body_temp: 38.4, resp_rate: 22 } });
    t.strictSame(pointsOf({ kind: 'observation', observation }), [
      {
        measurement: 'vitals',
        patient: 'p-1' as PatientId,
        device: 'manual' as DeviceId,
        t: 7_000,
        values: { body_temp: 38.4, resp_rate: 22 },
        quality: null,
        received: null,
      },
      { measurement: 'observations', observation },
    ]);
    const bare = anObservation(7_000);
    t.strictSame(pointsOf({ kind: 'observation', observation: bare }), [
      { measurement: 'observations', observation: bare },
    ]);
  },
);
