import t from 'tap';
import type { Acknowledgement } from '../../src/bus/bus.ts';
import { type ClinicianPrincipal, registeredPrincipal } from '../../src/identity/clinician-principal.ts';
import { type Cursor, clinicianId } from '../../src/model/ids.ts';
import { anAlarm, cleared, raised } from '../support/alarms.ts';
import {
  A1,
  A2,
  ADMIN,
  B1,
  CHARGE,
  feedWorld,
  HEARTBEAT_MS,
  NURSE,
  WARD_A,
  WARD_B,
} from '../support/feed-world.ts';
import { happens, settled } from '../support/happening.ts';

const MINUTE = 60_000;
const MEGABYTE = 2 ** 20;

t.test('a frame that is none ends the session with 4400', async (t) => {
  const { join } = await feedWorld(t);
  for (const text of ['', '{', '[]', '{"type":"snapshot"}', '{"type":"received","cursor":"abc"}']) {
    const viewer = join();
    viewer.session.receive(text);
    t.equal(viewer.transport.closed?.code, 4400, text);
    viewer.send({ type: 'subscribe' });
    t.same(viewer.frames, [], 'and nothing after it is heard');
  }
});

t.test('subscribe is answered, then shown where things stand as of a cursor', async (t) => {
  const { join, bus, vitals, clock } = await feedWorld(t);
  vitals(A1, { spo2: 97 });
  bus.publishAlarm(raised(7, { patient: A1 }));
  bus.publishAlarm(raised(8, { patient: A2 }));
  bus.publishAlarm(cleared(8, 9, { patient: A2 }));
  clock.advance(1_500);
  const viewer = join();
  viewer.send({ type: 'subscribe', id: 'one', ward: 'ward-a' });
  const [result, snapshot] = viewer.frames;
  t.match(result, { type: 'result', id: 'one', command: 'subscribe', ok: true });
  t.match(snapshot, {
    type: 'snapshot',
    time: clock.now(),
    cursor: bus.newestCursor(),
    patients: [
      {
        patient: A1,
        ward: 'ward-a',
        label: 'label-A1',
        values: { spo2: { value: 97, age_ms: 1_500 }, heart_rate: { value: 72 } },
        alarms: [{ vital: 'spo2', onset: 7 }],
      },
      { patient: A2, values: {}, alarms: [] },
    ],
    unassigned: [],
  });
});

t.test(
  'with since every later alarm event comes first, in order, then the snapshot, then what is new',
  async (t) => {
    const { join, bus } = await feedWorld(t);
    const since = bus.publishAlarm(raised(1, { patient: A1 })).cursor;
    for (let onset = 2; onset <= 6; onset++)
      bus.publishAlarm(raised(onset, { patient: onset % 2 ? A1 : B1 }));
    const viewer = join();
    viewer.send({ type: 'subscribe', since });
    bus.publishAlarm(raised(7, { patient: A1 }));
    await happens('snapshot', () => viewer.of('snapshot').length > 0);
    bus.publishAlarm(raised(9, { patient: A1 }));
    t.same(
      viewer.frames.map((frame) => (frame.type === 'alarm' ? frame.at : frame.type)),
      ['result', 3, 5, 7, 'snapshot', 9],
    );
  },
);

t.test('a cursor older than what is kept: gap, with the oldest kept, and a fresh snapshot', async (t) => {
  const { join, bus } = await feedWorld(t, { maxEvents: 3 });
  const since = bus.publishAlarm(raised(1, { patient: A1 })).cursor;
  for (let onset = 2; onset <= 30; onset++) {
    bus.publishAlarm(raised(onset, { patient: A1 }));
    await bus.flushed();
  }
  const viewer = join();
  viewer.send({ type: 'subscribe', since });
  await happens('snapshot', () => viewer.of('snapshot').length > 0);
  t.equal(viewer.of('gap').length, 1);
  t.equal(viewer.of('gap')[0]?.oldest, viewer.of('alarm')[0]?.cursor);
  t.equal(viewer.frames.at(-1)?.type, 'snapshot');
});

t.test('what was received is remembered, and never goes back', async (t) => {
  const { join, bus } = await feedWorld(t);
  const [older, newer] = [raised(1), raised(2)].map((event) => bus.publishAlarm(event).cursor) as [
    Cursor,
    Cursor,
  ];
  const viewer = join();
  t.equal(viewer.session.received, null);
  viewer.send({ type: 'received', cursor: newer });
  viewer.send({ type: 'received', cursor: older });
  t.equal(viewer.session.received, newer);
});

t.test('an alarm is acknowledged by who may see it; others learn nothing of it', async (t) => {
  const { join, bus, clock } = await feedWorld(t);
  const heard: Acknowledgement[] = [];
  bus.subscribe({ acknowledgement: (one) => heard.push(one) });
  const [mine, foreign] = [A1, B1].map((patient) => bus.publishAlarm(raised(1, { patient })).alarm.id);
  const over = bus.publishAlarm(cleared(5, 6, { patient: A1 })).alarm.id;
  const stranger = bus.publishAlarm(raised(9, { patient: 'unknown' as never })).alarm.id;
  const tried = async (
    who = NURSE,
    alarm: string | undefined,
    alertedAt?: number,
  ): Promise<string | true | undefined> => {
    const viewer = join(who);
    const seen = alertedAt === undefined ? {} : { alerted_at: alertedAt };
    viewer.send({ type: 'acknowledge', id: 'a', alarm: alarm ?? '', ...seen });
    await happens('an answer', () => viewer.frames.length > 0);
    const [answer] = viewer.of('result');
    return answer?.ok || answer?.code;
  };
  t.equal(await tried(NURSE, foreign), 'alarm_not_found');
  t.equal(await tried(NURSE, 'no-such-alarm'), 'alarm_not_found');
  t.equal(await tried(ADMIN, mine), 'alarm_not_found');
  t.equal(
    await tried(CHARGE, stranger),
    'alarm_not_found',
    'a patient that is unknown is nobody else’s either',
  );
  t.equal(await tried(clinicianId('ghost'), mine), 'alarm_not_found');
  t.equal(await tried(NURSE, over), 'alarm_not_live');
  t.equal(await tried(NURSE, mine, 2), 'alarm_changed', 'it has alerted since it was seen');
  t.same(heard, []);
  t.equal(await tried(NURSE, mine), true);
  t.same(heard, [{ alarm: mine, by: NURSE, at: clock.now(), seen: null }]);
  bus.publishAlarm({ event: 'acknowledged', at: 2, alarm: anAlarm(1, { patient: A1, presence: 'ack' }) });
  t.equal(await tried(NURSE, mine), 'alarm_not_live', 'twice is once');
});

t.test('a slow reader gets no vitals, and then the newest only', async (t) => {
  const { join, vitals, clock } = await feedWorld(t);
  const viewer = join();
  viewer.send({ type: 'subscribe' });
  viewer.transport.bufferedAmount = MEGABYTE;
  for (const heart_rate of [70, 71, 72]) {
    vitals(A1, { heart_rate });
    clock.advance(1_000);
  }
  t.same(viewer.of('vitals'), []);
  t.equal(viewer.transport.closed, null);
  viewer.transport.bufferedAmount = 0;
  clock.advance(1_000);
  t.match(
    viewer.of('vitals').map(({ patient, values }) => [patient, values.heart_rate?.value]),
    [[A1, 72]],
  );
  clock.advance(1_000);
  t.equal(viewer.of('vitals').length, 1);
});

t.test('alarms go to a slow reader up to the cap; past it the session ends with 1013', async (t) => {
  const { join, bus } = await feedWorld(t);
  const viewer = join();
  viewer.send({ type: 'subscribe' });
  viewer.transport.bufferedAmount = 3 * MEGABYTE;
  bus.publishAlarm(raised(1, { patient: A1 }));
  t.equal(viewer.of('alarm').length, 1);
  viewer.transport.bufferedAmount = 4 * MEGABYTE;
  bus.publishAlarm(raised(2, { patient: A1 }));
  t.match(viewer.transport.closed, { code: 1013, reason: /cursor/ });
  t.equal(viewer.of('alarm').length, 1);
});

t.test('nothing else piles up for a reader that does not read', async (t) => {
  const { join, bus, clock } = await feedWorld(t);
  const says = {
    answers: (viewer) => viewer.send({ type: 'subscribe' }),
    presence: () =>
      bus.publishPresence({
        device: 'w' as never,
        patient: A1,
        presence: 'off',
        at: clock.now(),
        battery_percent: null,
      }),
  } satisfies Record<string, (viewer: ReturnType<typeof join>) => void>;
  for (const [what, say] of Object.entries(says)) {
    const viewer = join();
    viewer.send({ type: 'subscribe' });
    viewer.transport.bufferedAmount = 4 * MEGABYTE;
    const before = viewer.transport.sent.length;
    say(viewer);
    t.equal(viewer.transport.sent.length, before, what);
    t.equal(viewer.transport.closed?.code, 1013, what);
  }
});

t.test('a replay waits for a slow reader; who subscribes anew meanwhile is not thrown out', async (t) => {
  const { join, bus, clock } = await feedWorld(t);
  const since = bus.newestCursor();
  for (let onset = 1; onset <= 600; onset++) bus.publishAlarm(raised(onset, { patient: A1 }));
  const viewer = join();
  viewer.transport.bufferedAmount = MEGABYTE;
  viewer.send({ type: 'subscribe', since });
  await happens('a page', () => viewer.of('alarm').length === 500);
  await settled();
  t.equal(viewer.of('alarm').length, 500, 'and no more until it has read');
  viewer.send({ type: 'subscribe', patients: [A2] });
  await settled();
  clock.advance(1_000);
  await settled();
  t.equal(viewer.transport.closed, null);
  t.equal(viewer.of('snapshot').length, 1);
  t.equal(viewer.of('alarm').length, 500);
});

t.test('a reader that stands still through a replay is closed with 1013 after a minute', async (t) => {
  const { join, bus, clock } = await feedWorld(t);
  const since = bus.newestCursor();
  for (let onset = 1; onset <= 600; onset++) bus.publishAlarm(raised(onset, { patient: A1 }));
  const viewer = join();
  viewer.transport.bufferedAmount = MEGABYTE;
  viewer.send({ type: 'subscribe', since });
  await happens('a page', () => viewer.of('alarm').length === 500);
  await settled();
  for (let waited = 0; waited <= 61_000 && viewer.transport.closed === null; waited += 1_000) {
    clock.advance(1_000);
    await settled();
  }
  t.equal(viewer.transport.closed?.code, 1013);
});

t.test(
  'a token ends the session when it ends, unless another is sent in time, of the same person',
  async (t) => {
    const { join, clock } = await feedWorld(t);
    const verifyToken = async (token: string) =>
      token === 'bad'
        ? ({ code: 'token_invalid', message: 'refused' } as const)
        : { principal: registeredPrincipal(clinicianId(token)), expires: clock.now() + 60 * MINUTE };
    const start = clock.now();
    const viewers = ['bad', CHARGE, NURSE].map((token) => {
      const viewer = join(NURSE, { tokenExpires: start + 10 * MINUTE, verifyToken });
      viewer.send({ type: 'refresh', id: token, token });
      return viewer;
    });
    await settled();
    t.match(
      viewers.map((viewer) => viewer.of('result')[0]),
      [{ ok: false, code: 'token_invalid' }, { ok: false, code: 'token_invalid' }, { ok: true }],
    );
    clock.advance(10 * MINUTE - 1_000);
    t.same(
      viewers.map(({ transport }) => transport.closed),
      [null, null, null],
    );
    clock.advance(1_000);
    t.same(
      viewers.map(({ transport }) => transport.closed?.code),
      [4401, 4401, undefined],
    );
  },
);

t.test(
  'what a token says of role and scope holds before the registry, until another token says otherwise',
  async (t) => {
    const { join, clock, registry, vitals } = await feedWorld(t);
    const visitor = clinicianId('visitor');
    const principal = { id: visitor, role: 'clinician', scope: { wards: [WARD_B], patients: [] } } as const;
    const tokens: Record<string, ClinicianPrincipal> = {
      same: { ...principal, scope: { wards: [WARD_B], patients: [] } },
      moved: { ...principal, scope: { wards: [WARD_A], patients: [] } },
      registered: registeredPrincipal(visitor),
    };
    const verifyToken = async (token: string) => ({
      principal: tokens[token] ?? principal,
      expires: clock.now() + 60 * MINUTE,
    });
    const viewer = join(principal, { verifyToken });
    const seen = () => viewer.of('snapshot').map(({ patients }) => patients.map(({ patient }) => patient));
    const refresh = async (token: string) => {
      viewer.send({ type: 'refresh', token });
      await settled();
    };
    viewer.send({ type: 'subscribe' });
    t.same(seen(), [[B1]], 'of a person whom the registry does not know');
    await registry.putClinician({ id: visitor, role: 'admin', wards: [WARD_A], patients: [], active: true });
    clock.advance(1_000);
    t.same(seen().at(-1), [B1]);
    const before = seen().length;
    await refresh('same');
    t.equal(seen().length, before, 'nothing is told anew when nothing changed');
    await refresh('moved');
    t.same(seen().at(-1), [A1, A2]);
    vitals(B1);
    vitals(A1);
    clock.advance(1_000);
    t.same(
      viewer.of('vitals').map(({ patient }) => patient),
      [A1],
    );
    await refresh('registered');
    t.same(seen().at(-1), [], 'an admin sees no vitals');
    await registry.putClinician({ id: visitor, role: 'admin', wards: [], patients: [], active: false });
    t.match(viewer.transport.closed, { code: 4403 });
  },
);

t.test('a person who is deactivated is closed with 4403 at once', async (t) => {
  const { join, registry } = await feedWorld(t);
  const [nurse, charge] = [join(NURSE), join(CHARGE)];
  await registry.putClinician({ id: NURSE, role: 'clinician', wards: [], patients: [], active: false });
  t.match(nurse.transport.closed, { code: 4403 });
  t.equal(charge.transport.closed, null);
});

t.test('a heartbeat says that the feed is alive, but not to who does not read', async (t) => {
  const { join, clock, bus } = await feedWorld(t);
  const [reading, slow] = [join(), join()];
  slow.transport.bufferedAmount = MEGABYTE;
  clock.advance(HEARTBEAT_MS);
  t.same(reading.of('heartbeat'), [{ type: 'heartbeat', time: clock.now(), cursor: bus.newestCursor() }]);
  t.same(slow.of('heartbeat'), []);
});
