import type { Test } from 'tap';
import type { Alarm, AlarmEventName, LoggedAlarmEvent } from '../../src/model/alarm.ts';
import type { AlarmId, Cursor, DeviceId, ObservationId, PatientId } from '../../src/model/ids.ts';
import type { DeviceMoments } from '../../src/model/moments.ts';
import type { Observation } from '../../src/model/observation.ts';
import type { Quality } from '../../src/model/sample.ts';
import type { Signal } from '../../src/model/signal.ts';
import type { Vital } from '../../src/model/vital.ts';
import type { AlarmPoint, Point, VitalsPoint, WaveformPoint } from '../../src/store/point.ts';
import { StoreError, type TelemetryStore } from '../../src/store/telemetry-store.ts';
import { newLife } from '../support/alarms.ts';
import { anObservation } from '../support/observations.ts';

/** One adapter, empty and open, and what the port itself does not show of it. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: TelemetryStore;
  countAlarms(): Promise<number>;
  /** Quality and receive time stored for the device's moment. */
  readMoment(device: string, t: number): Promise<{ quality: string | null; received: number | null }>;
}

export const T0 = Date.UTC(2026, 2, 14, 9, 0, 0);
const PATIENT = 'patient-1' as PatientId;
const WATCH = 'watch-1' as DeviceId;
const PATCH = 'patch-1' as DeviceId;
const EVER = { from: 0, to: T0 * 2, limit: 100_000 };
const OF_PATIENT = { subject: { patient: PATIENT } };

export function moment(
  t: number,
  values: Partial<Record<Vital, number>>,
  more: {
    patient?: PatientId | null;
    device?: DeviceId;
    quality?: Quality | null;
    received?: number | null;
  } = {},
): VitalsPoint {
  const { patient = PATIENT, device = WATCH, quality = null, received = null } = more;
  return { measurement: 'vitals', patient, device, t, values, quality, received };
}

function chunk(
  t: number,
  rate_hz: number,
  values: number[],
  more: Partial<WaveformPoint> = {},
): WaveformPoint {
  return {
    measurement: 'waveforms',
    patient: PATIENT,
    device: PATCH,
    signal: 'ecg_ii',
    t,
    rate_hz,
    values,
    ...more,
  };
}

function alarmStep(event: AlarmEventName, at: number, cursor: number): AlarmPoint {
  const step: LoggedAlarmEvent = {
    event,
    at,
    cursor: `${cursor}` as Cursor,
    alarm: {
      kind: 'physiological',
      cause: 'limit',
      id: `${PATIENT}:spo2:low:${T0}` as AlarmId,
      patient: PATIENT,
      device: WATCH,
      priority: 'medium',
      onset: T0,
      ...newLife(T0),
      vital: 'spo2',
      direction: 'low',
      threshold: 90,
      value: 88,
      breached_since: T0 - 15_000,
      retrospective: false,
    },
  };
  return { measurement: 'alarms', event: step };
}

/** An alarm of every cause there is; of no device, of no patient, and of both. */
export const ALARMS = ((): Readonly<Record<string, Alarm>> => {
  const common = { id: 'an-id' as AlarmId, priority: 'medium', onset: T0, ...newLife(T0) } as const;
  const found = { breached_since: T0 - 15_000, retrospective: false };
  const physiological = { ...common, ...found, kind: 'physiological', patient: PATIENT } as const;
  const spo2 = { device: WATCH, vital: 'spo2', threshold: 90, value: 88 } as const;
  const technical = { ...common, kind: 'technical', device: WATCH, last_value_at: null } as const;
  return {
    limit: { ...physiological, ...spo2, cause: 'limit', direction: 'low' },
    change: { ...physiological, ...spo2, cause: 'change', course: 'falling', window_ms: 60_000, change: 6 },
    combination: {
      ...{ ...physiological, cause: 'combination', device: WATCH },
      ...{ name: 'shock', values: { systolic_bp: 88, heart_rate: 121 } },
    },
    news2: { ...physiological, cause: 'news2', device: null, score: 7, trigger: 'emergency' },
    technical: { ...technical, patient: PATIENT, condition: 'signal_lost', vital: 'spo2' },
    'technical, worn by nobody': {
      ...{ ...technical, patient: null },
      ...{ condition: 'unassigned_device', vital: null },
    },
  };
})();

/** What every adapter of the TelemetryStore port must do; `make` gives a new, empty one for each test. */
export function telemetryStoreContract(t: Test, make: (t: Test) => Promise<StoreUnderTest>): void {
  const check = (name: string, run: (t: Test, under: StoreUnderTest) => Promise<void>): void => {
    t.test(name, async (t) => {
      await using under = await make(t);
      await run(t, under);
    });
  };
  const values = (store: TelemetryStore, vital: Vital, more: Partial<typeof EVER> = {}) =>
    store.values({ ...OF_PATIENT, vital, ...EVER, ...more });

  check('gives values back bit for bit, in time order', async (t, { store }) => {
    const written = [72, 72.5, 0.1 + 0.2, 1 / 3, 2 ** -40, 299.999_999_999_999_9, 5e-324, 1e21];
    const points = written.map((value, index) => moment(T0 + index, { heart_rate: value }));
    await store.write(points.toReversed());
    t.strictSame(
      await values(store, 'heart_rate'),
      written.map((value, index) => ({ t: T0 + index, device: WATCH, value })),
    );
  });

  check('keeps every vital of the catalogue apart', async (t, { store }) => {
    const all = { heart_rate: 1, pulse_rate: 2, resp_rate: 0, spo2: 4, body_temp: 5, skin_temp: 6 };
    const more = { systolic_bp: 7, diastolic_bp: 8, mean_bp: 9, glucose: 10, steps: 11 };
    await store.write([moment(T0, { ...all, ...more })]);
    for (const [vital, value] of Object.entries({ ...all, ...more })) {
      t.strictSame(await values(store, vital as Vital), [{ t: T0, device: WATCH, value }], vital);
    }
  });

  check('merges the fields of one moment written at different times', async (t, { store, readMoment }) => {
    await store.write([moment(T0, { heart_rate: 70, spo2: 97 }, { received: T0 + 5 })]);
    await store.write([moment(T0, { spo2: 96, resp_rate: 14 }, { quality: 'motion' })]);
    t.strictSame(await values(store, 'heart_rate'), [{ t: T0, device: WATCH, value: 70 }], 'kept');
    t.strictSame(await values(store, 'spo2'), [{ t: T0, device: WATCH, value: 96 }], 'overwritten');
    t.strictSame(await values(store, 'resp_rate'), [{ t: T0, device: WATCH, value: 14 }], 'added');
    t.strictSame(await readMoment(WATCH, T0), { quality: 'motion', received: T0 + 5 });
    t.equal(await store.countSamples(WATCH, 0, EVER.to), 1);
  });

  check('stores no quality when it is good', async (t, { store, readMoment }) => {
    await store.write([moment(T0, { spo2: 97 }, { quality: 'good' })]);
    t.strictSame(await readMoment(WATCH, T0), { quality: null, received: null });
  });

  check('is the same after the same points are written again', async (t, { store, countAlarms }) => {
    const points: Point[] = [
      moment(T0, { heart_rate: 70 }),
      moment(T0 + 1, { heart_rate: 71 }),
      chunk(T0, 125, [1, 2, 3]),
      alarmStep('raised', T0, 1),
    ];
    for (let time = 0; time < 3; time++) await store.write(points);
    t.equal((await values(store, 'heart_rate')).length, 2);
    t.equal((await store.waveform({ ...OF_PATIENT, signal: 'ecg_ii', ...EVER })).length, 3);
    t.equal(await store.countSamples(WATCH, 0, EVER.to), 2);
    t.equal(await countAlarms(), 1);
  });

  check('keeps what nobody wore under the device, and apart from patients', async (t, { store }) => {
    await store.write([
      moment(T0, { heart_rate: 61 }, { patient: null }),
      moment(T0 + 1_000, { heart_rate: 62 }),
      chunk(T0, 100, [5], { patient: null, device: WATCH }),
    ]);
    const ofDevice = { subject: { device: WATCH }, ...EVER };
    t.strictSame(await store.values({ ...ofDevice, vital: 'heart_rate' }), [
      { t: T0, device: WATCH, value: 61 },
    ]);
    t.strictSame(await values(store, 'heart_rate'), [{ t: T0 + 1_000, device: WATCH, value: 62 }]);
    t.strictSame(await store.waveform({ ...ofDevice, signal: 'ecg_ii' }), [{ t: T0, value: 5 }]);
    t.equal(
      (await store.buckets({ ...ofDevice, vital: 'heart_rate', resolutionMs: 60_000 }))[0]?.count,
      1,
      'buckets too',
    );
    t.equal(await store.countSamples(WATCH, 0, EVER.to), 2, 'counted whoever wore it');
  });

  check(
    'merges the devices of a patient by time, and counts the limit over all of them',
    async (t, { store }) => {
      const [a, b] = ['b-device', 'a-device'] as DeviceId[] as [DeviceId, DeviceId];
      const points = [0, 1, 2, 3, 4].flatMap((second) => [
        moment(T0 + second * 1_000, { heart_rate: 60 + second }, { device: a }),
        moment(T0 + second * 1_000 + (second % 2) * 500, { heart_rate: 80 + second }, { device: b }),
      ]);
      await store.write([...points, moment(T0, { heart_rate: 1 }, { patient: 'other' as PatientId })]);
      t.strictSame(await values(store, 'heart_rate', { limit: 5 }), [
        { t: T0, device: b, value: 80 },
        { t: T0, device: a, value: 60 },
        { t: T0 + 1_000, device: a, value: 61 },
        { t: T0 + 1_500, device: b, value: 81 },
        { t: T0 + 2_000, device: b, value: 82 },
      ]);
      t.equal((await values(store, 'heart_rate')).length, 10);
      t.equal(await store.countSamples(a, 0, EVER.to), 5);
    },
  );

  check('reads ranges that hold their start and not their end', async (t, { store }) => {
    await store.write([0, 1, 2, 3].map((index) => moment(T0 + index, { spo2: 90 + index })));
    const range = { from: T0 + 1, to: T0 + 3 };
    const times = (await values(store, 'spo2', range)).map((row) => row.t - T0);
    t.strictSame(times, [1, 2]);
    t.equal(await store.countSamples(WATCH, range.from, range.to), 2);
    const [bucket] = await store.buckets({
      ...OF_PATIENT,
      vital: 'spo2',
      ...EVER,
      ...range,
      resolutionMs: 1_000,
    });
    t.match(bucket, { count: 2, min: 91, max: 92 });
    await store.write([chunk(T0, 1_000, [0, 1, 2, 3])]);
    const trace = await store.waveform({ ...OF_PATIENT, signal: 'ecg_ii', ...EVER, ...range });
    t.strictSame(
      trace.map(({ value }) => value),
      [1, 2],
      'also from the middle of a chunk',
    );
  });

  check('gives the oldest rows up to the limit, and none for a limit of 0', async (t, { store }) => {
    await store.write([
      ...[0, 1, 2].map((index) => moment(T0 + index * 60_000, { spo2: 90 + index })),
      chunk(T0, 10, [0, 1, 2]),
    ]);
    const query = { ...OF_PATIENT, ...EVER };
    for (const limit of [0, 1, 2]) {
      t.equal((await values(store, 'spo2', { limit })).length, limit);
      const buckets = await store.buckets({ ...query, vital: 'spo2', limit, resolutionMs: 60_000 });
      t.strictSame(
        buckets.map((bucket) => bucket.t),
        [T0, T0 + 60_000].slice(0, limit),
      );
      const trace = await store.waveform({ ...query, signal: 'ecg_ii', limit });
      t.strictSame(
        trace.map(({ value }) => value),
        [0, 1].slice(0, limit),
      );
    }
  });

  const shown = (lists: readonly DeviceMoments[]) =>
    lists.map(({ device, t, quality, values }) => ({
      device,
      t: [...t].map((at) => at - T0),
      quality: [...quality],
      values: Object.fromEntries(
        Object.entries(values).map(([vital, column]) => [
          vital,
          [...column].map((value) => (Number.isNaN(value) ? null : value)),
        ]),
      ),
    }));

  check('gives whole moments, a list a device, with how far they were trusted', async (t, { store }) => {
    await store.write([
      moment(T0 + 1_000, { spo2: 91.5 }, { quality: 'motion' }),
      moment(T0, { heart_rate: 70, spo2: 97 }),
      moment(T0 + 1_000, { heart_rate: 71 }, { quality: 'off_body', received: T0 + 9_000 }),
      moment(T0 + 500, { resp_rate: 0 }, { device: PATCH }),
      moment(T0 + 2_000, { heart_rate: 72 }),
      moment(T0, { heart_rate: 1 }, { patient: 'other' as PatientId }),
      moment(T0, { heart_rate: 2 }, { patient: null }),
      chunk(T0, 100, [5]),
    ]);
    t.strictSame(shown(await store.samples({ ...OF_PATIENT, ...EVER, from: T0, to: T0 + 2_000 })), [
      { device: PATCH, t: [500], quality: [0], values: { resp_rate: [0] } },
      { device: WATCH, t: [0, 1_000], quality: [0, 3], values: { heart_rate: [70, 71], spo2: [97, 91.5] } },
    ]);
    const alone = await store.samples({ subject: { device: WATCH }, ...EVER });
    t.strictSame(shown(alone), [{ device: WATCH, t: [0], quality: [0], values: { heart_rate: [2] } }]);
  });

  check('counts the limit of moments over all devices, oldest first', async (t, { store }) => {
    const [a, b] = ['a-device', 'b-device'] as [DeviceId, DeviceId];
    const points = [0, 1, 2].flatMap((second) => [
      moment(T0 + second * 1_000, { heart_rate: 60 }, { device: b }),
      moment(T0 + second * 1_000, second === 2 ? { spo2: 97 } : { heart_rate: 80 }, { device: a }),
    ]);
    await store.write(points);
    const of = async (limit: number) =>
      shown(await store.samples({ ...OF_PATIENT, ...EVER, limit })).map(({ device, t, values }) => [
        device,
        t,
        Object.keys(values),
      ]);
    t.strictSame(await of(0), []);
    t.strictSame(await of(1), [[a, [0], ['heart_rate']]]);
    t.strictSame(await of(3), [
      [a, [0, 1_000], ['heart_rate']],
      [b, [0], ['heart_rate']],
    ]);
    t.strictSame(await of(6), [
      [a, [0, 1_000, 2_000], ['heart_rate', 'spo2']],
      [b, [0, 1_000, 2_000], ['heart_rate']],
    ]);
    t.strictSame(await store.samples({ subject: { patient: 'nobody' as PatientId }, ...EVER }), []);
  });

  check('reads nothing where there is nothing', async (t, { store }) => {
    const query = { subject: { patient: 'nobody' as PatientId }, ...EVER };
    t.strictSame(await store.values({ ...query, vital: 'spo2' }), []);
    t.strictSame(await store.buckets({ ...query, vital: 'spo2', resolutionMs: 1_000 }), []);
    t.strictSame(await store.waveform({ ...query, signal: 'ppg' }), []);
    t.equal(await store.countSamples('none' as DeviceId, 0, EVER.to), 0);
    await store.write([]);
  });

  check('gives the buckets that adding up the values gives', async (t, { store }) => {
    const random = seeded(7);
    const points = Array.from({ length: 3_000 }, (_, index) =>
      moment(
        // A gap in the middle, so that some buckets are empty.
        T0 + index * 700 + (index > 1_500 ? 3_600_000 : 0),
        index % 10 === 0 ? { spo2: 97 } : { heart_rate: 60 + 40 * random() },
        { device: index % 3 === 0 ? PATCH : WATCH },
      ),
    );
    await store.write(points);
    for (const resolutionMs of [1_000, 7_000, 60_000, 3_600_000, 7 * 86_400_000]) {
      const range = { from: T0 + 12_345, to: T0 + 5_500_000 };
      const buckets = await store.buckets({
        ...OF_PATIENT,
        vital: 'heart_rate',
        limit: 10_000,
        ...range,
        resolutionMs,
      });
      const expected = referenceBuckets(points, range.from, range.to, resolutionMs);
      t.equal(buckets.length, expected.length, `${resolutionMs} ms: as many buckets`);
      for (const [index, bucket] of buckets.entries()) {
        const { mean, ...exact } = expected[index]!;
        const { mean: actual, ...rest } = bucket;
        t.strictSame(rest, exact);
        // Sums are made in another order.
        t.ok(Math.abs(actual - mean) <= 1e-12 * mean, `mean ${actual} is ${mean}`);
      }
    }
  });

  for (const rate of [125, 250, 360]) {
    check(`gives a trace at ${rate} Hz back on its exact time grid`, async (t, { store }) => {
      const wave = Array.from({ length: 3 * 1_000 }, (_, index) => Math.sin(index / 20) / 3);
      const chunks = [0, 1, 2].map((part) =>
        chunk(T0 + part * 10_000, rate, wave.slice(part * 1_000, (part + 1) * 1_000)),
      );
      await store.write(chunks);
      const read = await store.waveform({ ...OF_PATIENT, signal: 'ecg_ii', ...EVER });
      const expected = wave.map((value, index) => {
        const start = (T0 + Math.floor(index / 1_000) * 10_000) * 1_000;
        return { t: (start + Math.round(((index % 1_000) * 1_000_000) / rate)) / 1_000, value };
      });
      t.strictSame(read, expected);
    });
  }

  check('lets the later of two overlapping chunks win, value by value', async (t, { store }) => {
    await store.write([chunk(T0, 100, [1, 1, 1, 1])]);
    await store.write([chunk(T0 + 20, 100, [2, 2, 2, 2])]);
    await store.write([chunk(T0, 100, [3])]);
    await store.write([chunk(T0, 100, [9, 9], { signal: 'ppg' as Signal })]);
    const read = await store.waveform({ ...OF_PATIENT, signal: 'ecg_ii', ...EVER });
    t.strictSame(
      read.map((row) => [row.t - T0, row.value]),
      [
        [0, 3],
        [10, 1],
        [20, 2],
        [30, 2],
        [40, 2],
        [50, 2],
      ],
    );
    const cut = await store.waveform({ ...OF_PATIENT, signal: 'ecg_ii', ...EVER, limit: 3 });
    t.strictSame(
      cut.map(({ value }) => value),
      [3, 1, 2],
    );
  });

  check('keeps every alarm event, also those of one moment', async (t, { store, countAlarms }) => {
    await store.write([
      alarmStep('raised', T0, 999),
      alarmStep('priority_raised', T0, 1_000),
      alarmStep('acknowledged', T0 + 1, 1_001),
      alarmStep('acknowledged', T0 + 1, 1_002),
      alarmStep('cleared', T0 + 1, 1_003),
      alarmStep('raised', T0 + 1, 1_004),
    ]);
    t.equal(await countAlarms(), 6);
  });

  check('keeps an alarm event of every cause', async (t, { store, countAlarms }) => {
    let cursor = 0;
    for (const [cause, alarm] of Object.entries(ALARMS)) {
      cursor++;
      const event: LoggedAlarmEvent = { event: 'raised', at: T0, cursor: `${cursor}` as Cursor, alarm };
      await t.resolves(store.write([{ measurement: 'alarms', event }]), cause);
      t.equal(await countAlarms(), cursor, cause);
    }
  });

  check('gives back what people entered, whole, the last entered first', async (t, { store }) => {
    const of = { patient: PATIENT, from: T0, to: T0 + 60_000, limit: 10 };
    const entered = (t: number, fields: Partial<Observation> = {}) =>
      anObservation(t, { patient: PATIENT, ...fields });
    const bare = entered(T0, { consciousness: null });
    const values = { body_temp: 38.05, systolic_bp: 104, resp_rate: 0 };
    const full = entered(T0 + 1_000, { values, oxygen: 'oxygen', consciousness: 'confused' });
    // The same moment, corrected later.
    const correction = entered(T0 + 1_000, { ...full, id: 'o-c' as ObservationId, entered: T0 + 9_000 });
    const vitalsOnly = entered(T0 + 59_999, { values: { glucose: 90 }, oxygen: null, consciousness: null });
    const elsewhere = [
      entered(T0 + 60_000),
      entered(T0 - 1, { entered: T0 + 5 }),
      entered(T0, { id: 'o-other' as ObservationId, patient: 'other' as PatientId }),
    ];
    const all = [bare, full, correction, vitalsOnly, ...elsewhere];
    const points = all.map((observation): Point => ({ measurement: 'observations', observation }));
    for (let time = 0; time < 2; time++) await store.write(points);
    t.strictSame(await store.observations(of), [vitalsOnly, correction, full, bare]);
    t.strictSame(await store.observations({ ...of, limit: 2 }), [vitalsOnly, correction]);
    t.strictSame(await store.observations({ ...of, limit: 0 }), []);
    t.strictSame(await store.observations({ ...of, patient: 'nobody' as PatientId }), []);
  });

  check('finds the newest value that could be trusted, of any device', async (t, { store }) => {
    const of = { patient: PATIENT, vital: 'body_temp', from: T0, to: T0 + 60_000 } as const;
    t.equal(await store.newest(of), null);
    await store.write([
      moment(T0, { body_temp: 36.5 }),
      moment(T0 + 1_000, { body_temp: 36.6 }, { device: PATCH }),
      moment(T0 + 2_000, { body_temp: 27 }, { quality: 'off_body' }),
      moment(T0 + 3_000, { spo2: 97 }),
      moment(T0 + 60_000, { body_temp: 39 }),
      moment(T0 + 4_000, { body_temp: 40 }, { patient: 'other' as PatientId }),
    ]);
    const found = { t: T0 + 1_000, device: PATCH, value: 36.6, measured: T0 + 1_000 };
    t.strictSame(await store.newest(of), found);
    // A clock that is ahead makes nothing newer than its receipt.
    await store.write([moment(T0 + 30_000, { body_temp: 36.7 }, { received: T0 + 500 })]);
    const skewed = { t: T0 + 30_000, device: WATCH, value: 36.7, measured: T0 + 500 };
    t.strictSame(await store.newest(of), found);
    t.strictSame(await store.newest({ ...of, from: T0 + 2_000 }), skewed);
  });

  check('takes device states', async (t, { store }) => {
    const status = { measurement: 'device_status', device: WATCH, t: T0 } as const;
    await store.write([
      { ...status, battery_percent: 80, worn: true, charging: null },
      { ...status, t: T0 + 1, battery_percent: null, worn: null, charging: null },
    ]);
    t.equal(await store.countSamples(WATCH, 0, EVER.to), 0, 'no moment of the person');
  });

  check('takes 20,000 moments at once and counts them back', async (t, { store }) => {
    const points = Array.from({ length: 20_000 }, (_, index) =>
      moment(T0 + index * 1_000, index % 2 ? { heart_rate: 70 + (index % 30) } : { spo2: 95 + (index % 5) }),
    );
    await store.write(points);
    t.equal(await store.countSamples(WATCH, 0, EVER.to), 20_000);
    t.equal((await values(store, 'heart_rate')).length, 10_000);
    const [whole] = await store.samples({ ...OF_PATIENT, ...EVER });
    t.equal(whole?.t.length, 20_000);
    t.equal(whole?.values.heart_rate?.filter((value) => value >= 70).length, 10_000);
    await store.write([
      chunk(
        T0,
        500,
        Array.from({ length: 30_000 }, (_, index) => index),
      ),
    ]);
    const trace = await store.waveform({ ...OF_PATIENT, signal: 'ecg_ii', ...EVER });
    t.equal(trace.length, 30_000, 'long answers are whole');
    t.equal(trace.at(-1)?.value, 29_999);
  });

  check('refuses what is no finite number, as invalid', async (t, { store }) => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await t.rejects(store.write([moment(T0, { spo2: bad })]), {
        code: 'store_invalid',
        failure: 'invalid',
      });
      await t.rejects(store.write([chunk(T0, 100, [1, bad])]), StoreError);
    }
  });
}

/** Park-Miller: the same numbers on every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function referenceBuckets(points: readonly VitalsPoint[], from: number, to: number, size: number) {
  const groups = new Map<number, number[]>();
  for (const { t, values } of points) {
    const value = values.heart_rate;
    if (value === undefined || t < from || t >= to) continue;
    const start = Math.floor(t / size) * size;
    groups.set(start, [...(groups.get(start) ?? []), value]);
  }
  return [...groups].map(([t, all]) => ({
    t,
    min: Math.min(...all),
    max: Math.max(...all),
    mean: all.reduce((sum, value) => sum + value, 0) / all.length,
    count: all.length,
  }));
}
