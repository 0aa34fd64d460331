import t from 'tap';
import type { Acknowledgement, Receipt } from '../../src/bus/bus.ts';
import type { AlarmEventName } from '../../src/model/alarm.ts';
import { clinicianId } from '../../src/model/ids.ts';
import { anAlarm, cleared, raised } from '../support/alarms.ts';
import { A1, A2, ADMIN, B1, CHARGE, feedWorld, NURSE, type Viewer, WARD_B } from '../support/feed-world.ts';
import { happens, settled } from '../support/happening.ts';
import { counted } from '../support/ingest-world.ts';

type Fields = Parameters<typeof anAlarm>[1];
const ofA1 = (event: AlarmEventName, fields: Fields = {}) =>
  ({ event, at: 50, alarm: anAlarm(1, { patient: A1, ...fields }) }) as const;
const escalated = ofA1('escalated', { circle: 'on_duty', escalated_at: 40, priority: 'high' });
const acknowledged = ofA1('acknowledged', { ...escalated.alarm, presence: 'ack', acknowledged_at: 50 });
const steps = (viewer: Viewer) =>
  viewer.of('alarm').map(({ event, addressed, alarm }) => [event, addressed, alarm.patient]);

t.test('each event has one frame for those who are to respond and one for the rest', async (t) => {
  const { join, bus, registry } = await feedWorld(t);
  const nurse = registry.clinician(NURSE);
  t.ok(nurse);
  if (!nurse) return;
  await registry.putClinician({ ...nurse, patients: [...nurse.patients, A1] });
  const viewers = [join(NURSE), join(NURSE), join(CHARGE), join(CHARGE)];
  for (const viewer of viewers) viewer.send({ type: 'subscribe' });
  bus.publishAlarm(ofA1('raised', { circle: 'assigned' }));
  const [mine, mineToo, theirs, theirsToo] = viewers.map(({ transport }) => transport.sent.at(-1));
  t.equal(mine, mineToo);
  t.equal(theirs, theirsToo);
  t.match(viewers[0]?.of('alarm'), [{ addressed: true, alarm: { circle: 'assigned' } }]);
  t.match(viewers[2]?.of('alarm'), [{ addressed: false, alarm: { circle: 'assigned' } }]);
  bus.publishAlarm(ofA1('escalated', { circle: 'ward' }));
  t.match(viewers[2]?.of('alarm')[1], { addressed: true });
  const late = [join(NURSE), join(CHARGE)];
  for (const viewer of late) viewer.send({ type: 'subscribe' });
  for (const viewer of late) t.same(viewer.of('snapshot')[0]?.addressed, [anAlarm(1, { patient: A1 }).id]);
});

t.test(
  'what calls everybody goes to strangers, live, in a replay and in a snapshot, and nothing else',
  async (t) => {
    const { join, bus, vitals, registry, clock } = await feedWorld(t);
    const stranger = clinicianId('stranger');
    await registry.putClinician({
      ...{ id: stranger, role: 'clinician', wards: [WARD_B], patients: [], active: true },
    });
    const since = bus.newestCursor();
    const [live, silent, admin] = [join(stranger), join(stranger), join(ADMIN)];
    for (const viewer of [live, admin]) viewer.send({ type: 'subscribe' });
    const publish = () => {
      bus.publishAlarm(ofA1('raised'));
      bus.publishAlarm(raised(2, { patient: A2 }));
      bus.publishAlarm(escalated);
      vitals(A1, { spo2: 80 });
      clock.advance(1_000);
    };
    publish();
    const called = [['escalated', true, A1]];
    t.same(steps(live), called);
    t.match(live.of('alarm'), [{ ward: 'ward-a' }], 'where to go');
    t.same(live.of('vitals'), []);
    t.same(silent.frames, [], 'who watches nothing is sent nothing');
    t.same(steps(admin), []);
    const late = join(stranger);
    late.send({ type: 'subscribe', since });
    await happens('the snapshot', () => late.of('snapshot').length > 0);
    t.same(steps(late), called, 'as it was live');
    const [snapshot] = late.of('snapshot');
    t.match(late.of('alarm'), [{ ward: 'ward-a' }]);
    t.same(snapshot?.escalated, [{ ...escalated.alarm, ward: 'ward-a' }]);
    t.notMatch(JSON.stringify([live.frames, late.frames]), registry.patient(A1)?.label ?? /./, 'no name');
    t.match(snapshot, { addressed: [escalated.alarm.id] });
    t.same(
      snapshot?.patients.map(({ patient }) => patient),
      [B1],
    );
    bus.publishAlarm(acknowledged);
    bus.publishAlarm(ofA1('realerted', { circle: 'ward' }));
    bus.publishAlarm(cleared(1, 60, { patient: A1 }));
    for (const viewer of [live, late])
      t.same(steps(viewer), [...called, ['acknowledged', false, A1]], 'until somebody took it');
    const later = join(stranger);
    later.send({ type: 'subscribe' });
    t.match(later.of('snapshot'), [{ escalated: [], addressed: [] }]);
  },
);

t.test(
  'whoever watches others within their scope is called, too; whoever watches it already, once',
  async (t) => {
    const { join, bus } = await feedWorld(t);
    const [narrow, wide] = [join(NURSE), join(NURSE)];
    narrow.send({ type: 'subscribe', patients: [A2] });
    wide.send({ type: 'subscribe' });
    bus.publishAlarm(escalated);
    for (const viewer of [narrow, wide]) t.same(steps(viewer), [['escalated', true, A1]]);
    const late = join(NURSE);
    late.send({ type: 'subscribe' });
    t.match(late.of('snapshot')[0]?.escalated, []);
  },
);

t.test('strangers acknowledge what calls them and nothing else; all of it is on record', async (t) => {
  const { join, bus, registry, acts, clock } = await feedWorld(t);
  const stranger = clinicianId('stranger');
  await registry.putClinician({
    ...{ id: stranger, role: 'charge', wards: [WARD_B], patients: [], active: true },
  });
  const heard: Acknowledgement[] = [];
  bus.subscribe({ acknowledgement: (one) => heard.push(one) });
  const { id } = escalated.alarm;
  const tried = async (who = stranger): Promise<string | true | undefined> => {
    const viewer = join(who);
    viewer.send({ type: 'acknowledge', alarm: id });
    await happens('an answer', () => viewer.frames.length > 0);
    const [answer] = viewer.of('result');
    return answer?.ok || answer?.code;
  };
  bus.publishAlarm(ofA1('raised', { priority: 'high' }));
  t.equal(await tried(), 'alarm_not_found');
  bus.publishAlarm(escalated);
  t.equal(await tried(ADMIN), 'alarm_not_found');
  t.equal(await tried(), true);
  bus.publishAlarm({ ...escalated, event: 'latched', alarm: { ...escalated.alarm, presence: 'latched' } });
  t.equal(await tried(), true, 'what has latched waits for a person, too');
  t.equal(await tried(NURSE), true);
  bus.publishAlarm(acknowledged);
  t.equal(await tried(), 'alarm_not_found', 'somebody took it');
  t.equal(await tried(NURSE), 'alarm_not_live');
  const by = (who: typeof stranger) => ({ alarm: id, by: who, at: clock.now(), seen: null });
  t.same(heard, [by(stranger), by(stranger), by(NURSE)]);
  const entry = (who: typeof stranger, scope: string) => ({
    ...{ action: 'alarm_acknowledged', subject: A1, actor: { kind: 'clinician', id: who } },
    details: { alarm: id, priority: 'high', scope },
  });
  t.same(acts, [entry(stranger, 'outside'), entry(stranger, 'outside'), entry(NURSE, 'inside')]);
});

t.test('what nobody has is counted, on record and told to admins, without any value', async (t) => {
  const { join, bus, acts, metrics, feed } = await feedWorld(t);
  const since = bus.newestCursor();
  const [admin, nurse] = [join(ADMIN), join(NURSE)];
  for (const viewer of [admin, nurse]) viewer.send({ type: 'subscribe' });
  const gauge = () => counted(metrics, 'vitalwire_alarms_unattended');
  t.equal(await gauge(), 0);
  bus.publishAlarm(ofA1('raised'));
  const missed = bus.publishAlarm(ofA1('unattended', { unattended: true, alerted_at: 7 }));
  const told = { alarm: missed.alarm.id, patient: A1, ward: 'ward-a', priority: 'medium', since: 7 };
  const frame = { type: 'unattended', cursor: missed.cursor, at: 50, ...told, over: false };
  t.same(admin.of('unattended'), [frame]);
  t.same(admin.of('alarm'), []);
  t.notMatch(String(admin.transport.sent.at(-1)), /spo2"|86|value/);
  t.same(nurse.of('unattended'), []);
  t.equal(await gauge(), 1);
  t.equal(feed.unattended, 1);
  t.equal(await counted(metrics, 'vitalwire_alarms_unattended_total{priority="medium"}'), 1);
  t.same(acts, [
    {
      ...{ action: 'alarm_unattended', subject: A1, actor: { kind: 'server' } },
      details: { alarm: missed.alarm.id, priority: 'medium' },
    },
  ]);
  const second = join(ADMIN);
  second.send({ type: 'subscribe' });
  t.same(second.of('snapshot')[0]?.unattended, [told]);
  t.equal(nurse.of('snapshot')[0]?.unattended, undefined);
  const attended = bus.publishAlarm(ofA1('attended', { received_at: 50, alerted_at: 7 }));
  for (const viewer of [admin, second])
    t.same(viewer.of('unattended').at(-1), { ...frame, cursor: attended.cursor, over: true });
  t.equal(await gauge(), 0);
  const late = join(ADMIN);
  late.send({ type: 'subscribe', since });
  await happens('the snapshot', () => late.of('snapshot').length > 0);
  t.same(late.of('unattended'), admin.of('unattended'), 'a replay tells the same');
  t.same(late.of('snapshot')[0]?.unattended, []);
});

t.test('a confirmed alarm, live or in a snapshot, is told to its owner; one not sent is not', async (t) => {
  const { join, bus, clock } = await feedWorld(t);
  const receipts: Receipt[] = [];
  bus.subscribe({ receipt: (one) => receipts.push(one) });
  const stranger = join(CHARGE);
  stranger.send({ type: 'subscribe', patients: [A2] });
  const nurse = join(NURSE);
  nurse.send({ type: 'subscribe' });
  const { cursor, alarm } = bus.publishAlarm(ofA1('raised'));
  stranger.send({ type: 'received', cursor });
  t.same(receipts, [], 'A1 is not whom they watch');
  nurse.send({ type: 'received', cursor });
  t.same(receipts, [{ alarm: alarm.id, by: NURSE, at: clock.now() }]);
  const other = bus.publishAlarm(raised(9, { patient: A2 }));
  const late = join(CHARGE);
  late.send({ type: 'subscribe' });
  late.send({ type: 'received', cursor: late.of('snapshot')[0]?.cursor ?? '' });
  t.match(receipts[1], { alarm: other.alarm.id, by: CHARGE });
  await settled();
  t.match(await bus.deliveriesOf(alarm.id), [
    { clinician: CHARGE, received_at: clock.now() },
    { clinician: NURSE, received_at: clock.now() },
  ]);
});
