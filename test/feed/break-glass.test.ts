import t from 'tap';
import type { DeviceCommand } from '../../src/model/device-command.ts';
import { clinicianId, deviceId, grantId } from '../../src/model/ids.ts';
import { type AccessGrant, ROLES } from '../../src/model/people.ts';
import { raised } from '../support/alarms.ts';
import {
  A1,
  ADMIN,
  B1,
  CHARGE,
  type FeedWorld,
  feedWorld,
  NURSE,
  type Viewer,
  WARD_A,
  WARD_B,
} from '../support/feed-world.ts';
import { happens } from '../support/happening.ts';

const MINUTE = 60_000;
const COLLEAGUE = clinicianId('colleague');
const LEAD = clinicianId('lead');
const REASON = 'Called to the resuscitation';
let grants = 0;

/** The nurse, who is of ward A, breaks the glass for B1 of ward B. */
async function breakGlass(
  { registry, clock }: FeedWorld,
  fields: Partial<AccessGrant> = {},
): Promise<AccessGrant> {
  const from = clock.now();
  const grant: AccessGrant = {
    id: grantId(`g-${++grants}`),
    clinician: NURSE,
    patient: B1,
    reason: REASON,
    from,
    until: from + MINUTE,
    ...fields,
  };
  await registry.grantAccess(grant);
  return grant;
}

/** A clinician and a charge nurse of ward B. */
async function withWardB(world: FeedWorld): Promise<void> {
  for (const [id, role] of [
    [COLLEAGUE, 'clinician'],
    [LEAD, 'charge'],
  ] as const)
    await world.registry.putClinician({ id, role, wards: [WARD_B], patients: [], active: true });
}

const last = (viewer: Viewer) =>
  viewer
    .of('snapshot')
    .at(-1)
    ?.patients.map(({ patient }) => patient);
const forget = (...viewers: Viewer[]): void => {
  for (const { transport } of viewers) transport.sent.length = 0;
};

t.test('who breaks the glass sees the patient at once, live, and not a moment longer', async (t) => {
  const world = await feedWorld(t);
  const { clock, bus, vitals } = world;
  const nurse = world.join();
  nurse.send({ type: 'subscribe' });
  const grant = await breakGlass(world);
  t.ok(last(nurse)?.includes(B1), 'in a snapshot without waiting for the next second');
  t.match(
    nurse
      .of('snapshot')
      .at(-1)
      ?.patients.find(({ patient }) => patient === B1)?.access,
    [{ clinician: NURSE, reason: REASON, from: grant.from, until: grant.until }],
  );
  vitals(B1);
  bus.publishAlarm(raised(1, { patient: B1 }));
  clock.advance(1_000);
  t.equal(nurse.of('vitals').filter(({ patient }) => patient === B1).length, 1);
  t.equal(nurse.of('alarm').length, 1);

  clock.jump(MINUTE - 1_001);
  bus.publishAlarm(raised(2, { patient: B1 }));
  t.equal(nurse.of('alarm').length, 2, 'in the last millisecond');
  forget(nurse);
  clock.jump(1);
  vitals(B1);
  bus.publishAlarm(raised(3, { patient: B1 }));
  t.same(nurse.frames, [], 'from the end on nothing, also before anybody has noticed it');
  clock.advance(1_000);
  t.notOk(last(nurse)?.includes(B1));
  t.same(nurse.of('access'), [
    {
      type: 'access',
      patient: B1,
      clinician: NURSE,
      reason: REASON,
      from: grant.from,
      until: grant.until,
      ended: true,
    },
  ]);
  t.same(nurse.of('vitals'), []);
});

t.test('access given up ends in the same turn', async (t) => {
  const world = await feedWorld(t);
  const nurse = world.join();
  nurse.send({ type: 'subscribe', ward: WARD_B });
  const grant = await breakGlass(world);
  t.same(last(nurse), [B1]);
  await world.registry.endAccess(grant.id, world.clock.now() + 5);
  t.same(last(nurse), [B1], 'not yet');
  world.clock.advance(5);
  world.clock.advance(1_000);
  t.same(last(nurse), []);
  const again = await breakGlass(world);
  t.same(last(nurse), [B1]);
  forget(nurse);
  await world.registry.endAccess(again.id, world.clock.now());
  t.same(last(nurse), []);
  t.match(nurse.of('access'), [{ ended: true, until: world.clock.now() }]);
});

t.test(
  'it is told to whoever watches the patient and to the charge of the ward, and to nobody else',
  async (t) => {
    const world = await feedWorld(t);
    await withWardB(world);
    const watching = world.join(COLLEAGUE);
    const named = world.join(COLLEAGUE);
    const lead = world.join(LEAD);
    const own = world.join(NURSE);
    const silent = world.join(LEAD);
    const other = clinicianId('other');
    await world.registry.putClinician({
      id: other,
      role: 'clinician',
      wards: [WARD_A],
      patients: [],
      active: true,
    });
    const strangers = [other, CHARGE, ADMIN].map((id) => world.join(id));
    watching.send({ type: 'subscribe' });
    named.send({ type: 'subscribe', patients: [B1] });
    // A charge nurse who looks at another ward at the moment.
    lead.send({ type: 'subscribe', ward: WARD_A });
    own.send({ type: 'subscribe' });
    for (const stranger of strangers) stranger.send({ type: 'subscribe' });
    const grant = await breakGlass(world);
    const told = [watching, named, lead, own];
    const frame = { type: 'access', patient: B1, clinician: NURSE, reason: REASON, until: grant.until };
    for (const viewer of told) {
      t.match(viewer.of('access'), [frame]);
      t.notOk('ended' in (viewer.of('access')[0] ?? {}));
    }
    for (const viewer of [...strangers, silent]) t.same(viewer.of('access'), []);
    t.notMatch(JSON.stringify(strangers.map(({ frames }) => frames)), REASON);
    world.clock.advance(MINUTE);
    world.clock.advance(1_000);
    for (const viewer of told) t.match(viewer.of('access'), [frame, { ...frame, ended: true }]);
    for (const viewer of [...strangers, silent]) t.same(viewer.of('access'), []);

    const late = world.join(COLLEAGUE);
    late.send({ type: 'subscribe' });
    t.match(late.of('snapshot')[0]?.patients, [{ patient: B1, access: [] }], 'what is over is not shown');
  },
);

t.test('access that takes the place of another is told with its new end, and ends once', async (t) => {
  const world = await feedWorld(t);
  await withWardB(world);
  const colleague = world.join(COLLEAGUE);
  colleague.send({ type: 'subscribe' });
  await breakGlass(world);
  world.clock.advance(30_000);
  const { until } = await breakGlass(world, { reason: 'It takes longer', until: world.clock.now() + MINUTE });
  t.match(
    colleague.of('access').map(({ reason, ended }) => [reason, ended]),
    [
      [REASON, undefined],
      ['It takes longer', undefined],
    ],
  );
  const late = world.join(COLLEAGUE);
  late.send({ type: 'subscribe' });
  t.match(late.of('snapshot')[0]?.patients[0]?.access, [{ reason: 'It takes longer', until }]);
  t.equal(late.of('snapshot')[0]?.patients[0]?.access.length, 1);
  world.clock.advance(2 * MINUTE);
  t.match(colleague.of('access').slice(2), [{ reason: 'It takes longer', ended: true }]);
  t.equal(colleague.of('access').length, 3);
});

t.test('two clinicians have access apart from each other', async (t) => {
  const world = await feedWorld(t);
  await withWardB(world);
  const colleague = world.join(COLLEAGUE);
  colleague.send({ type: 'subscribe' });
  const first = await breakGlass(world);
  await breakGlass(world, { clinician: CHARGE });
  await world.registry.endAccess(first.id, world.clock.now());
  t.match(
    colleague.of('access').map(({ clinician, ended }) => [clinician, ended ?? false]),
    [
      [NURSE, false],
      [CHARGE, false],
      [NURSE, true],
    ],
  );
});

t.test('an admin gains nothing by a grant, nor does anybody who is inactive', async (t) => {
  for (const role of ROLES) {
    const world = await feedWorld(t);
    const viewer = world.join(NURSE);
    viewer.send({ type: 'subscribe' });
    await breakGlass(world);
    const before = last(viewer);
    t.ok(before?.includes(B1));
    forget(viewer);
    const person = { id: NURSE, role, wards: [WARD_A], patients: [], active: true };
    await world.registry.putClinician(person);
    world.clock.advance(1_000);
    t.equal(last(viewer)?.includes(B1), role !== 'admin', role);
    forget(viewer);
    await world.registry.putClinician({ ...person, active: false });
    world.vitals(B1);
    world.clock.advance(1_000);
    t.same(viewer.frames, [], `inactive ${role}`);
    t.equal(viewer.transport.closed?.code, 4403);
  }
});

t.test('while it lasts a clinician acknowledges and asks for traces, which end with it', async (t) => {
  const world = await feedWorld(t);
  const { bus, clock } = world;
  const commands: DeviceCommand[] = [];
  bus.subscribe({ command: (command) => void commands.push(command) });
  const nurse = world.join();
  const event = bus.publishAlarm(raised(1, { patient: B1 }));
  await bus.flushed();
  const ask = async (id: string) => {
    nurse.send({ type: 'acknowledge', id, alarm: event.alarm.id });
    await happens(id, () => nurse.of('result').some((result) => result.id === id));
    return nurse.of('result').find((result) => result.id === id);
  };
  t.match(await ask('before'), { ok: false, code: 'alarm_not_found' });
  const grant = await breakGlass(world);
  t.match(await ask('during'), { ok: true });
  nurse.send({ type: 'waveforms', id: 'w', patient: B1, signals: ['ppg'] });
  t.match(
    commands.map(({ name, device }) => [name, device]),
    [['start_waveform', deviceId('watch-B1')]],
  );
  await world.registry.endAccess(grant.id, clock.now());
  t.match(
    commands.map(({ name }) => name),
    ['start_waveform', 'stop_waveform'],
    'nobody looks: the device is told to stop',
  );
  t.match(await ask('after'), { ok: false, code: 'alarm_not_found' });
  nurse.send({ type: 'waveforms', id: 'w2', patient: B1, signals: ['ppg'] });
  t.match(nurse.of('result').at(-1), { id: 'w2', ok: false, code: 'patient_forbidden' });
});

t.test('a patient is not replayed beyond the end of the access, and is while it lasts', async (t) => {
  const world = await feedWorld(t);
  for (let onset = 1; onset <= 3; onset++) world.bus.publishAlarm(raised(onset, { patient: B1 }));
  await world.bus.flushed();
  const replayed = async () => {
    const viewer = world.join();
    viewer.send({ type: 'subscribe', ward: WARD_B, since: '0' });
    await happens('snapshot', () => viewer.of('snapshot').length > 0);
    return viewer.of('alarm').length;
  };
  t.equal(await replayed(), 0);
  const grant = await breakGlass(world);
  t.equal(await replayed(), 3);
  await world.registry.endAccess(grant.id, world.clock.now());
  t.equal(await replayed(), 0);
});

t.test('what the feed turns away goes on record, under the truth, and nothing else does', async (t) => {
  const world = await feedWorld(t);
  const { alarm } = world.bus.publishAlarm(raised(1, { patient: B1 }));
  const live = world.bus.publishAlarm(raised(2, { patient: A1 })).alarm;
  await world.bus.flushed();
  const nurse = world.join();
  const answered = async (command: Parameters<Viewer['send']>[0]) => {
    const before = nurse.of('result').length;
    nurse.send(command);
    await happens('answer', () => nurse.of('result').length > before);
    const { code } = nurse.of('result').at(-1) ?? {};
    const told = world.denials.map(({ code, where, who }) => [code, where, who]);
    (world.denials as unknown[]).length = 0;
    return [code, ...told];
  };
  const who = { kind: 'clinician', id: NURSE };
  t.same(await answered({ type: 'subscribe', patients: [B1] }), [
    'patient_forbidden',
    ['patient_forbidden', '/v1/feed subscribe', who],
  ]);
  t.same(await answered({ type: 'waveforms', patient: B1, signals: ['ppg'] }), [
    'patient_forbidden',
    ['patient_forbidden', '/v1/feed waveforms', who],
  ]);
  t.same(await answered({ type: 'acknowledge', alarm: alarm.id }), [
    'alarm_not_found',
    ['patient_forbidden', '/v1/feed acknowledge', who],
  ]);
  t.same(await answered({ type: 'refresh', token: 'x' }), [
    'token_invalid',
    ['token_invalid', '/v1/feed refresh', who],
  ]);
  t.same(await answered({ type: 'acknowledge', alarm: 'no-such-alarm' }), ['alarm_not_found']);
  t.same(await answered({ type: 'acknowledge', alarm: live.id }), [undefined]);
  t.same(await answered({ type: 'subscribe', patients: [A1], ward: WARD_A }), ['invalid_request']);
  t.same(await answered({ type: 'subscribe', patients: [A1] }), [undefined]);
  t.same(await answered({ type: 'unsubscribe' }), [undefined]);
});
