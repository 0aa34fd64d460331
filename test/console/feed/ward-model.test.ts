import t from 'tap';
import { ServerClock } from '../../../src/console/feed/server-clock.ts';
import { WardModel } from '../../../src/console/feed/ward-model.ts';
import type { LimitAlarm } from '../../../src/model/alarm.ts';
import type { AlarmId, ClinicianId, Cursor, DeviceId, PatientId } from '../../../src/model/ids.ts';
import type { FeedFrame, PatientSnapshot } from '../../../src/protocol/feed-frames.ts';

const NOW = 1_772_438_420_000;

const low: LimitAlarm = {
  ...{ id: 'p-1:spo2:low:1' as AlarmId, kind: 'physiological', cause: 'limit', priority: 'high' },
  ...{ patient: 'p-1' as PatientId, device: 'd-1' as DeviceId, vital: 'spo2', direction: 'low' },
  ...{ threshold: 80, value: 78, onset: NOW, breached_since: NOW, retrospective: false, presence: 'on' },
  ...{ ended: null, cleared: null, raised_at: NOW, alerted_at: NOW, circle: 'assigned', escalated_at: null },
  ...{ received_at: null, unattended: false, shelved_until: null, acknowledged_by: null },
  ...{ acknowledged_at: null, first_acknowledged_at: null },
} as LimitAlarm;

function patient(id: string, more: Partial<PatientSnapshot> = {}): PatientSnapshot {
  return {
    ...{ patient: id, ward: 'north', label: `Bed of ${id}`, values: {}, devices: [], alarms: [] },
    ...{ access: [], shelves: [], news2: { kind: 'off' } },
    ...more,
  };
}

function snapshot(patients: PatientSnapshot[], addressed: string[] = []): FeedFrame {
  return {
    ...{
      type: 'snapshot',
      time: NOW,
      cursor: '1' as Cursor,
      patients,
      unassigned: [],
      escalated: [],
      addressed,
    },
  } as FeedFrame;
}

function alarmFrame(event: string, alarm: LimitAlarm, addressed = true): FeedFrame {
  return {
    type: 'alarm',
    cursor: `${Math.random()}`,
    event,
    at: NOW,
    addressed,
    ward: 'north',
    alarm,
  } as FeedFrame;
}

function world(t: Tap) {
  const clock = new ServerClock();
  t.teardown(() => clock[Symbol.dispose]());
  return new WardModel(clock);
}
type Tap = { teardown(end: () => void): void };

t.test('a snapshot says who there is; whoever it lacks is gone', async (t) => {
  const ward = world(t);
  ward.apply(snapshot([patient('p-1'), patient('p-2')]));
  const before = ward.patients.value.get('p-1');
  ward.apply(snapshot([patient('p-1')]));
  t.same([...ward.patients.value.keys()], ['p-1']);
  t.equal(ward.patients.value.get('p-1'), before, 'and whoever stays keeps their trends');
});

t.test('newer values replace older ones, each vital for itself', async (t) => {
  const ward = world(t);
  const values = {
    heart_rate: { value: 70, t: NOW, age_ms: 0 },
    spo2: { value: 97, t: NOW, age_ms: 0 },
  };
  ward.apply(snapshot([patient('p-1', { values })]));
  const time = NOW + 1_000;
  ward.apply({ type: 'vitals', patient: 'p-1', time, values: { spo2: { value: 91, t: time } } } as FeedFrame);
  t.match(ward.patients.value.get('p-1')?.values.value, { heart_rate: { value: 70 }, spo2: { value: 91 } });
  t.equal(ward.patients.value.get('p-1')?.trend('spo2').points.length, 1, 'five seconds are one point');
});

t.test('an alarm lives from its raising to its clearing', async (t) => {
  const ward = world(t);
  ward.apply(snapshot([patient('p-1')]));
  ward.apply(alarmFrame('raised', low));
  t.match(ward.alarms.value.get(low.id), { addressed: true, calling: false, ward: 'north' });
  const acknowledged = { ...low, presence: 'ack', acknowledged_by: 'nurse-1' as ClinicianId } as const;
  ward.apply(alarmFrame('acknowledged', acknowledged));
  t.equal(ward.alarms.value.get(low.id)?.alarm.presence, 'ack');
  ward.apply(alarmFrame('cleared', { ...acknowledged, presence: 'off', cleared: NOW }));
  t.equal(ward.alarms.value.size, 0);
  t.same(
    ward.happenings.value.map(({ event }) => event),
    ['cleared', 'acknowledged', 'raised'],
  );
});

t.test('what was found in late samples is listed and does not live', async (t) => {
  const ward = world(t);
  ward.apply(snapshot([patient('p-1')]));
  ward.apply(alarmFrame('retrospective', { ...low, retrospective: true }));
  t.equal(ward.alarms.value.size, 0);
  t.equal(ward.happenings.value.length, 1);
});

t.test('an alarm of somebody not watched here calls until somebody has it', async (t) => {
  const ward = world(t);
  ward.apply(snapshot([]));
  ward.apply(alarmFrame('escalated', low));
  t.match(ward.alarms.value.get(low.id), { calling: true, addressed: true });
  ward.apply(alarmFrame('acknowledged', { ...low, presence: 'ack' }, false));
  t.equal(ward.alarms.value.size, 0);
});

t.test('a snapshot replaces all alarms, and says which are for the reader', async (t) => {
  const ward = world(t);
  ward.apply(snapshot([patient('p-1', { alarms: [low] })], [low.id]));
  t.equal(ward.alarms.value.get(low.id)?.addressed, true);
  ward.apply(snapshot([patient('p-1')]));
  t.equal(ward.alarms.value.size, 0);
});

t.test('what anybody enters by hand is noticed', async (t) => {
  const ward = world(t);
  ward.apply(snapshot([patient('p-1')]));
  const entered = {
    type: 'observation',
    patient: 'p-1',
    id: 'o-1',
    by: 'nurse-2',
    t: NOW,
    entered: NOW,
    values: {},
  };
  ward.apply({ ...entered, oxygen: 'air', consciousness: null } as FeedFrame);
  t.equal(ward.patients.value.get('p-1')?.observed.value, 1);
});

t.test('devices keep since when they are as they are', async (t) => {
  const ward = world(t);
  const device = { device: 'd-1', presence: 'on' as const, since: 5, battery_percent: 80 };
  ward.apply(snapshot([patient('p-1', { devices: [device] })]));
  const told = {
    type: 'presence',
    patient: 'p-1',
    device: 'd-1',
    presence: 'on',
    at: 9,
    battery_percent: 79,
  };
  ward.apply(told as FeedFrame);
  t.match(ward.patients.value.get('p-1')?.devices.value, [{ since: 5, battery_percent: 79 }]);
  ward.apply({ ...told, presence: 'off', at: 12 } as FeedFrame);
  t.match(ward.patients.value.get('p-1')?.devices.value, [{ since: 12, presence: 'off' }]);
});

t.test('a shelf stands until it ends, as do accesses and what is unattended', async (t) => {
  const ward = world(t);
  ward.apply(snapshot([patient('p-1')]));
  const shelf = { type: 'shelf', patient: 'p-1', id: 's-1', vital: 'spo2', direction: 'low', by: 'lead-1' };
  ward.apply({ ...shelf, reason: 'chronic', from: 1, until: 2 } as FeedFrame);
  t.match(ward.patients.value.get('p-1')?.shelves.value, [{ id: 's-1', by: 'lead-1' }]);
  ward.apply({ ...shelf, ended: true } as FeedFrame);
  t.same(ward.patients.value.get('p-1')?.shelves.value, []);
  const waits = {
    type: 'unattended',
    cursor: '7',
    at: 1,
    alarm: low.id,
    patient: 'p-1',
    ward: 'north',
    priority: 'high',
  };
  ward.apply({ ...waits, since: 1, over: false } as FeedFrame);
  t.match(ward.unattended.value, [{ alarm: low.id }]);
  ward.apply({ ...waits, since: 1, over: true } as FeedFrame);
  t.same(ward.unattended.value, []);
});

t.test('the trouble of a server is told until it is well, or the connection is another', async (t) => {
  const ward = world(t);
  const service = {
    type: 'service',
    time: NOW,
    recording: 'stopped',
    reason: 'disk_full',
    since: NOW,
    alarm_log: 'ok',
  };
  ward.apply(service as FeedFrame);
  t.match(ward.service.value, { reason: 'disk_full' });
  ward.apply({ ...service, recording: 'ok', reason: null } as FeedFrame);
  t.equal(ward.service.value, null);
  ward.apply(service as FeedFrame);
  ward.reconnected();
  t.equal(ward.service.value, null);
});
