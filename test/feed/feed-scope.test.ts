import t from 'tap';
import { deviceId, type PatientId } from '../../src/model/ids.ts';
import { newLife, raised } from '../support/alarms.ts';
import {
  A1,
  A2,
  ADMIN,
  B1,
  C1,
  CHARGE,
  type FeedWorld,
  feedWorld,
  NURSE,
  type Viewer,
  WARD_A,
  WARD_B,
} from '../support/feed-world.ts';

const EVERYONE = [A1, A2, B1, C1];
let onset = 0;

/** Something of every kind, for every patient and for a device that nobody wears. */
function everythingHappens({ bus, clock, vitals }: FeedWorld): void {
  for (const patient of EVERYONE) {
    const device = deviceId(`watch-${patient}`);
    vitals(patient);
    bus.publishWaveform({ patient, device, signal: 'ppg', t: clock.now(), rate_hz: 25, values: [1] });
    bus.publishAlarm(raised(++onset, { patient }));
    bus.publishPresence({ device, patient, presence: 'silent', at: clock.now(), battery_percent: null });
  }
  const loose = deviceId('loose');
  bus.publishPresence({
    device: loose,
    patient: null,
    presence: 'on',
    at: clock.now(),
    battery_percent: null,
  });
  bus.publishAlarm({
    event: 'raised',
    at: clock.now(),
    alarm: {
      kind: 'technical',
      id: `loose:${++onset}` as never,
      patient: null,
      device: loose,
      priority: 'low',
      onset,
      ...newLife(onset),
      condition: 'unassigned_device',
      vital: null,
      last_value_at: null,
    },
  });
  clock.advance(1_000);
}

/** Whom the frames since the last look are about; `-` for what belongs to nobody. */
function told(viewer: Viewer): string[] {
  const about = viewer.frames.flatMap((frame): (PatientId | string | null)[] => {
    switch (frame.type) {
      case 'snapshot':
        return [...frame.patients.map(({ patient }) => patient), ...frame.unassigned.map(() => null)];
      case 'vitals':
      case 'waveform':
      case 'presence':
        return [frame.patient];
      case 'alarm':
        return [frame.alarm.patient];
      default:
        return [];
    }
  });
  viewer.transport.sent.length = 0;
  return [...new Set(about.map((one) => one ?? '-'))].sort();
}

t.test('nobody is told of anybody before they subscribe, nor after they unsubscribe', async (t) => {
  const world = await feedWorld(t);
  const nurse = world.join();
  everythingHappens(world);
  t.same(told(nurse), []);
  nurse.send({ type: 'subscribe' });
  everythingHappens(world);
  t.same(told(nurse), [A1, A2, C1]);
  nurse.send({ type: 'unsubscribe', id: 'u' });
  t.match(nurse.of('result'), [{ id: 'u', command: 'unsubscribe', ok: true }]);
  everythingHappens(world);
  t.same(told(nurse), []);
});

t.test('each sees their wards and patients, and no frame of anybody else', async (t) => {
  const world = await feedWorld(t);
  everythingHappens(world);
  const [nurse, charge, admin] = [world.join(NURSE), world.join(CHARGE), world.join(ADMIN)];
  const viewers = [nurse, charge, admin];
  for (const viewer of viewers) viewer.send({ type: 'subscribe' });
  t.same(viewers.map(told), [[A1, A2, C1], ['-', A1, A2], ['-']], 'in the snapshot');
  everythingHappens(world);
  t.same(viewers.map(told), [[A1, A2, C1], ['-', A1, A2], ['-']], 'live');
  for (const viewer of viewers) viewer.send({ type: 'subscribe', since: '0' as never });
  await world.bus.flushed();
  for (const viewer of viewers) while (viewer.of('snapshot').length === 0) await new Promise(setImmediate);
  t.same(viewers.map(told), [[A1, A2, C1], ['-', A1, A2], ['-']], 'in a replay');
});

t.test('by patients and by ward one sees these, and never more than the scope', async (t) => {
  const world = await feedWorld(t);
  const [some, ward, other] = [world.join(), world.join(), world.join()];
  some.send({ type: 'subscribe', patients: [A2, C1] });
  ward.send({ type: 'subscribe', ward: WARD_A });
  other.send({ type: 'subscribe', ward: WARD_B });
  everythingHappens(world);
  t.same([some, ward, other].map(told), [[A2, C1], [A1, A2], []]);
});

t.test(
  'a patient outside the scope, or unknown, refuses the whole subscription and keeps the one before',
  async (t) => {
    const world = await feedWorld(t);
    const nurse = world.join();
    nurse.send({ type: 'subscribe', patients: [A1] });
    told(nurse);
    for (const stranger of [B1, 'nobody'])
      nurse.send({ type: 'subscribe', id: 's', patients: [A2, stranger] });
    t.match(
      nurse.of('result').map(({ ok, code }) => [ok, code]),
      [
        [false, 'patient_forbidden'],
        [false, 'patient_forbidden'],
      ],
    );
    everythingHappens(world);
    t.same(told(nurse), [A1]);
  },
);

t.test('patients together with a ward, and a cursor of nobody, are refused', async (t) => {
  const { join } = await feedWorld(t);
  const nurse = join();
  nurse.send({ type: 'subscribe', patients: [A1], ward: WARD_A });
  nurse.send({ type: 'subscribe', since: 'x1' });
  t.match(nurse.of('result'), [
    { ok: false, code: 'invalid_request' },
    { ok: false, code: 'invalid_request' },
  ]);
  t.same(nurse.of('snapshot'), []);
});

t.test('a changed scope holds from the next frame on', async (t) => {
  const world = await feedWorld(t);
  const nurse = world.join();
  nurse.send({ type: 'subscribe' });
  nurse.send({ type: 'waveforms', patient: A1, signals: ['ppg'] });
  everythingHappens(world);
  told(nurse);
  await world.registry.putClinician({
    id: NURSE,
    role: 'clinician',
    wards: [WARD_B],
    patients: [],
    active: true,
  });
  everythingHappens(world);
  t.same(told(nurse), [B1]);
});

t.test('waveforms are sent to who asked for them, of patients in scope only', async (t) => {
  const world = await feedWorld(t);
  const [nurse, other] = [world.join(), world.join()];
  nurse.send({ type: 'waveforms', patient: B1, signals: ['ppg'] });
  t.match(nurse.of('result'), [{ ok: false, code: 'patient_forbidden' }]);
  nurse.send({ type: 'waveforms', patient: A1, signals: ['ppg'] });
  other.send({ type: 'waveforms', patient: A1, signals: ['ecg_ii'] });
  everythingHappens(world);
  t.same(
    nurse.of('waveform').map(({ patient }) => patient),
    [A1],
  );
  t.same(other.of('waveform'), []);
});
