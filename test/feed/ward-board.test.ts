import t from 'tap';
import { type Alarm, type TechnicalCondition, technicalAlarmId } from '../../src/model/alarm.ts';
import { deviceId, patientId } from '../../src/model/ids.ts';
import type { Vital } from '../../src/model/vital.ts';
import { anAlarm, cleared, newLife, raised } from '../support/alarms.ts';
import { A1, A2, type FeedWorld, feedWorld } from '../support/feed-world.ts';

const MINUTE = 60_000;
const value = ({ feed }: FeedWorld, vital: Vital = 'heart_rate') => feed.snapshot(A1)?.values[vital];

function technical(condition: TechnicalCondition, device: string, vital: Vital | null = null): Alarm {
  const id = deviceId(device);
  return {
    kind: 'technical',
    id: technicalAlarmId(A1, id, condition, vital, 1),
    patient: A1,
    device: id,
    priority: 'low',
    onset: 1,
    ...newLife(1),
    condition,
    vital,
    last_value_at: null,
  };
}

t.test('a patient of whom nothing is known is shown empty; an unknown one not at all', async (t) => {
  const { feed } = await feedWorld(t);
  t.match(feed.snapshot(A1), { patient: A1, values: {}, devices: [], alarms: [] });
  t.equal(feed.snapshot(patientId('nobody')), null);
});

t.test(
  'a value is current for three usual intervals, and at least 10 s; then it is unknown, with its age',
  async (t) => {
    const world = await feedWorld(t);
    world.vitals(A1, { body_temp: 37 });
    world.clock.advance(9_999);
    t.match(value(world), { value: 72, age_ms: 9_999 });
    world.clock.advance(1);
    t.match(value(world), { value: null, age_ms: 10_000 });
    t.match(value(world, 'body_temp'), { value: 37 });
    world.clock.advance(3 * MINUTE);
    t.match(value(world, 'body_temp'), { value: null });
  },
);

t.test('back-fill is as old as its sample, not as its arrival', async (t) => {
  const world = await feedWorld(t);
  world.vitals(A1, { t: world.clock.now() - 60 * MINUTE });
  t.match(value(world), { value: null, age_ms: 60 * MINUTE });
});

t.test('a device whose clock is off gives current values all the same', async (t) => {
  const world = await feedWorld(t);
  for (const skew of [-60 * MINUTE, 60 * MINUTE]) {
    world.vitals(A1, { t: world.clock.now() + skew, heart_rate: 80 }, { skew });
    t.match(value(world), { value: 80, age_ms: 0 });
    world.clock.advance(10_000);
    t.match(value(world), { value: null, age_ms: 10_000 });
  }
});

t.test('the newest by the server’s clock is shown, whatever order values come in', async (t) => {
  const world = await feedWorld(t);
  const now = world.clock.now();
  world.vitals(A1, { t: now, heart_rate: 80 });
  world.vitals(A1, { t: now - 2_000, heart_rate: 60 });
  t.match(value(world), { value: 80, t: now });
  world.vitals(A1, { t: now + 3_600_000 - 1, heart_rate: 50 }, { device: 'other', skew: 3_600_000 });
  t.match(value(world), { value: 80 }, 'a clock that is ahead does not make a value newer');
});

t.test('a time in the future does not outlive the values after it', async (t) => {
  const world = await feedWorld(t);
  world.vitals(A1, { t: world.clock.now() + 20 * 60 * MINUTE, heart_rate: 99 });
  world.clock.advance(10_000);
  t.match(value(world), { value: null }, 'it ages from when it came');
  world.vitals(A1, { heart_rate: 70 });
  t.match(value(world), { value: 70 });
});

t.test('a value is unknown once its device is known to give none; another device’s is not', async (t) => {
  const world = await feedWorld(t);
  const events = [
    ['device_offline', null],
    ['signal_lost', null],
    ['signal_lost', 'body_temp'],
  ] as const;
  world.vitals(A1, { body_temp: 37 }, { device: 'one' });
  for (const [condition, vital] of events) {
    const alarm = technical(condition, 'one', vital);
    world.bus.publishAlarm({ event: 'raised', at: 1, alarm: technical(condition, 'two', vital) });
    t.match(value(world, 'body_temp'), { value: 37 }, `${condition} of another device`);
    world.bus.publishAlarm({ event: 'raised', at: 1, alarm });
    t.match(value(world, 'body_temp'), { value: null }, `${condition} ${vital ?? ''}`);
    t.match(value(world), { value: vital === null ? null : 72 });
    world.bus.publishAlarm({ event: 'cleared', at: 2, alarm: { ...alarm, presence: 'off', cleared: 2 } });
    t.match(value(world, 'body_temp'), { value: 37 });
  }
});

t.test('live alarms are shown until they are off, those from before a restart too', async (t) => {
  const { feed, bus } = await feedWorld(t, { liveAlarms: [anAlarm(5, { patient: A1 })] });
  const onsets = () => feed.snapshot(A1)?.alarms.map((alarm) => alarm.onset);
  t.same(onsets(), [5]);
  bus.publishAlarm(raised(6, { patient: A1 }));
  bus.publishAlarm({ event: 'acknowledged', at: 7, alarm: anAlarm(5, { patient: A1, presence: 'ack' }) });
  t.same(onsets(), [5, 6]);
  bus.publishAlarm(cleared(5, 8, { patient: A1 }));
  t.same(onsets(), [6]);
});

t.test('devices are shown with who wears them by the registry, connected or not', async (t) => {
  const { feed, bus, registry, clock } = await feedWorld(t);
  const device = deviceId(`watch-${A1}`);
  const at = { device, presence: 'on', at: 1, battery_percent: 50 } as const;
  const worn = () =>
    [A1, A2].map((patient) =>
      feed
        .snapshot(patient)
        ?.devices.map((of) => `${of.device} ${of.presence} ${of.since}`)
        .sort(),
    );
  const began = clock.now();
  const other = `watch-${A2} off ${began}`;
  t.same(worn(), [[`${device} off ${began}`], [other]], 'nothing was heard of them yet');
  bus.publishPresence({ ...at, patient: A1 });
  t.same(worn(), [[`${device} on 1`], [other]]);
  bus.publishPresence({ ...at, patient: A1, at: 9, battery_percent: 40 });
  t.same(worn(), [[`${device} on 1`], [other]], 'another battery level is no other presence');
  await registry.assign(device, A2, clock.now());
  t.same(worn(), [[], [`${device} on 1`, other].sort()], 'it changed hands and is on as before');
  bus.publishPresence({ ...at, patient: A2, presence: 'off', at: 12 });
  t.same(worn(), [[], [`${device} off 12`, other].sort()]);
});

t.test("what a device measures off the body is nobody's value", async (t) => {
  const { feed, vitals } = await feedWorld(t);
  vitals(A1, { spo2: 97 });
  vitals(A1, { spo2: 60, quality: 'off_body' });
  t.match(feed.snapshot(A1)?.values.spo2, { value: 97 });
});

t.test('a value that is not to be trusted says why; one off the body is not shown', async (t) => {
  const world = await feedWorld(t);
  const viewer = world.join();
  viewer.send({ type: 'subscribe' });
  world.vitals(A1, { heart_rate: 70 });
  world.vitals(A1, { heart_rate: 150, quality: 'motion' });
  world.vitals(A1, { heart_rate: 20, quality: 'off_body' });
  world.clock.advance(1_000);
  const t0 = world.clock.now() - 1_000;
  t.same(viewer.of('vitals')[0]?.values, { heart_rate: { value: 150, t: t0, quality: 'motion' } });
  t.match(value(world), { value: 150, quality: 'motion' });
  world.vitals(A1, { heart_rate: 71, quality: 'good' });
  t.same(value(world), { value: 71, t: world.clock.now(), age_ms: 0 });
});

t.test('a server clock that is set back does not keep old values on show', async (t) => {
  const world = await feedWorld(t);
  world.vitals(A1, { spo2: 97 });
  world.clock.jump(-60 * MINUTE);
  world.vitals(A1, { spo2: 81 });
  t.match(value(world, 'spo2'), { value: 81 });
});

t.test(
  'what was stored before the start is shown with its age, and never replaces what is newer',
  async (t) => {
    const world = await feedWorld(t);
    const { feed, clock } = world;
    const recalled = (vital: Vital, of: number, ago: number, device = 'cuff') => {
      const at = clock.now() - ago;
      feed.recalled(A1, [{ vital, value: of, t: at, measured: at, device: deviceId(device) }]);
    };
    const viewer = world.join();
    viewer.send({ type: 'subscribe' });
    recalled('systolic_bp', 118, 20 * MINUTE);
    recalled('mean_bp', 84, 45 * MINUTE);
    t.same(value(world, 'systolic_bp'), { value: 118, t: clock.now() - 20 * MINUTE, age_ms: 20 * MINUTE });
    t.match(value(world, 'mean_bp'), { value: null, age_ms: 45 * MINUTE }, 'too old to be current');
    clock.advance(1_000);
    t.match(
      viewer.of('vitals').at(-1)?.values,
      { systolic_bp: { value: 118 } },
      'whoever watches hears of it',
    );

    world.vitals(A1, { systolic_bp: 95 });
    recalled('systolic_bp', 118, 1);
    recalled('systolic_bp', 118, 0);
    t.match(value(world, 'systolic_bp'), { value: 95, age_ms: 0 });
    world.vitals(A1, { t: clock.now() - 60 * MINUTE, glucose: 60 });
    recalled('glucose', 101, 5 * MINUTE, 'patch');
    t.match(value(world, 'glucose'), { value: 101 }, 'what came late is older');
    world.bus.publishAlarm({ event: 'raised', at: 1, alarm: technical('device_offline', 'patch') });
    t.match(value(world, 'glucose'), { value: null }, 'its device gives none now');
  },
);
