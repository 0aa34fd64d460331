import t, { type Test } from 'tap';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import { AlarmDesk } from '../../src/ingest/alarm-desk.ts';
import { conditionKey, type LoggedAlarmEvent } from '../../src/model/alarm.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import type { AlarmId, PatientId } from '../../src/model/ids.ts';
import type { LimitOverride } from '../../src/model/limit-override.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Shelf } from '../../src/model/shelf.ts';
import { A1, A2, ADMIN, feedWorld, NURSE, WARD_A, WARD_B } from '../support/feed-world.ts';

t.test(
  'after a restart, who is worn and does not come back is missed, once there was time to come back',
  async (t) => {
    const { bus, registry, clock } = await feedWorld(t);
    const events: LoggedAlarmEvent[] = [];
    using desk = new AlarmDesk({
      registry,
      bus,
      times: DEFAULT_RESPONSE_TIMES,
      clock,
      onEvent: (event) => void events.push(event),
      onError: (error) => {
        throw error;
      },
    });
    const start = clock.now();
    desk.restore([]);
    desk.sweep(start);
    desk.evaluate({
      device: registry.devicesOf(A1, start)[0]!,
      patient: A1,
      samples: [{ t: start + 1_000, spo2: 97 }],
      received: start + 1_000,
      skew: 0,
    });
    desk.sweep(start + 10_999);
    t.same(events, [], 'a fleet comes back spread over half a minute');
    desk.sweep(start + 40_000);
    const missed = events.map(({ alarm }) =>
      alarm.kind === 'technical' ? `${alarm.condition} ${alarm.device}` : conditionKey(alarm),
    );
    t.same(missed.sort(), [
      'device_offline watch-A1',
      'device_offline watch-A2',
      'device_offline watch-B1',
      'device_offline watch-C1',
    ]);
  },
);

t.test('a desk that took up nothing expects nobody', async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  const events: LoggedAlarmEvent[] = [];
  using desk = new AlarmDesk({
    registry,
    bus,
    times: DEFAULT_RESPONSE_TIMES,
    clock,
    onEvent: (event) => void events.push(event),
    onError: (error) => {
      throw error;
    },
  });
  for (let s = 0; s < 120; s++) desk.sweep(clock.now() + s * 1_000);
  t.same(events, []);
});

/** A desk over the feed world's registry and bus, and everything it tells of the patients. */
async function deskWorld(t: Test) {
  const { bus, registry, clock } = await feedWorld(t);
  const events: LoggedAlarmEvent[] = [];
  const desk = new AlarmDesk({
    registry,
    bus,
    times: DEFAULT_RESPONSE_TIMES,
    clock,
    onEvent: (event) => void (event.alarm.kind === 'physiological' && events.push(event)),
    onError: (error) => {
      throw error;
    },
  });
  t.teardown(() => desk[Symbol.dispose]());
  /** A value each second for so long, from now on; received as it is measured, with a sweep. */
  const feel = (patient: PatientId, sample: Omit<Sample, 't'>, seconds: number): void => {
    for (let s = 0; s < seconds; s++) {
      clock.advance(1_000);
      const now = clock.now();
      const [device] = registry.devicesOf(patient, now);
      desk.evaluate({ device: device!, patient, samples: [{ ...sample, t: now }], received: now, skew: 0 });
      desk.sweep(now);
    }
  };
  return { bus, registry, clock, desk, events, feel, told: () => events.splice(0).map(({ event }) => event) };
}

const shelf = (id: string, fields: Partial<Shelf> & Pick<Shelf, 'from' | 'until'>): Shelf => ({
  ...{
    id: id as Shelf['id'],
    patient: A1,
    vital: 'spo2',
    direction: 'low',
    by: 'charge',
    reason: 'repositioning',
  },
  ...fields,
});

t.test(
  'a shelf takes effect at once, on raised alarms and on the next, and its end at once too',
  async (t) => {
    const { registry, clock, events, feel, told } = await deskWorld(t);
    feel(A1, { spo2: 85 }, 17);
    t.same(told(), ['raised']);
    const now = clock.now();
    await registry.putShelf(shelf('s-1', { from: now, until: now + 60_000 }));
    t.match(events, [{ event: 'shelved', alarm: { shelved_until: now + 60_000 } }]);
    await registry.endShelf('s-1' as Shelf['id'], now);
    t.same(told(), ['shelved', 'unshelved']);
    // Past shelves do not count against the one that lasts, whatever their order.
    await registry.putShelf(shelf('s-2', { from: now, until: now + 30_000 }));
    t.match(events.splice(0), [{ event: 'shelved', alarm: { shelved_until: now + 30_000 } }]);
    feel(A1, { spo2: 85 }, 31);
    t.same(told(), ['unshelved'], 'it waits anew when the shelf ends');
  },
);

t.test('a shelf that was put for later begins when it does, and says nothing before', async (t) => {
  const { registry, clock, feel, told } = await deskWorld(t);
  feel(A1, { spo2: 85 }, 17);
  const now = clock.now();
  await registry.putShelf(shelf('s-1', { from: now + 5_000, until: now + 60_000 }));
  t.same(told(), ['raised']);
  feel(A1, { spo2: 85 }, 4);
  t.same(told(), []);
  feel(A1, { spo2: 85 }, 1);
  t.same(told(), ['shelved']);
});

t.test('limits of one patient: judged at once, and nobody else is disturbed', async (t) => {
  const { registry, clock, events, feel, told } = await deskWorld(t);
  const change = { changed_by: 'charge', reason: 'COPD' } as const;
  const limit = { kind: 'value', vital: 'spo2', direction: 'low' } as const;
  feel(A1, { spo2: 85 }, 17);
  feel(A2, { spo2: 85 }, 17);
  t.same(told(), ['raised', 'unattended', 'raised']);
  const scope = { kind: 'patient', patient: A1 } as const;
  await registry.putLimits({ ...change, ...limit, scope, tiers: [], changed_at: clock.now() });
  t.match(events, [{ event: 'cleared', alarm: { patient: A1 } }]);
  t.same(told().length, 1);
  await registry.putLimits({
    ...change,
    ...limit,
    scope: { kind: 'ward', ward: WARD_A },
    tiers: [],
    changed_at: clock.now(),
  });
  t.match(events, [{ event: 'cleared', alarm: { patient: A2 } }], 'the ward is the other one');
});

t.test('the first circle follows the clinicians who are named for the patient', async (t) => {
  const { registry, feel, events } = await deskWorld(t);
  const named = { id: NURSE, role: 'clinician', wards: [WARD_A], active: true } as const;
  feel(A1, { spo2: 85 }, 17);
  await registry.putClinician({ ...named, patients: [A2] });
  feel(A2, { spo2: 85 }, 17);
  await registry.putClinician({ ...named, patients: [A2], active: false });
  await registry.putClinician({ id: ADMIN, role: 'admin', wards: [], patients: [A2], active: true });
  feel(A2, { heart_rate: 45, spo2: 85 }, 12);
  t.same(
    events.filter(({ event }) => event === 'raised').map(({ alarm }) => `${alarm.patient} ${alarm.circle}`),
    ['A1 ward', 'A2 assigned', 'A2 ward'],
    'an admin, who sees no alarm, is nobody to wait for',
  );
});

t.test('receipts and acknowledgements find their alarm, live, latched, restored, and no other', async (t) => {
  const { bus, registry, clock, desk, events, feel, told } = await deskWorld(t);
  feel(A1, { spo2: 75 }, 12);
  feel(A2, { spo2: 85 }, 17);
  const [first, second] = events.filter(({ event }) => event === 'raised').map(({ alarm }) => alarm);
  t.same(told(), ['raised', 'unattended', 'raised']);
  bus.publishReceipt({ alarm: first!.id, by: NURSE, at: clock.now() });
  t.same(told(), ['attended']);
  bus.publishAcknowledgement({ alarm: second!.id, by: NURSE, at: clock.now(), seen: null });
  t.match(events.splice(0), [{ event: 'acknowledged', alarm: { id: second!.id } }]);
  feel(A1, { spo2: 97 }, 7);
  t.same(told(), ['latched']);

  desk[Symbol.dispose]();
  const others: LoggedAlarmEvent[] = [];
  using after = new AlarmDesk({
    registry,
    bus,
    times: DEFAULT_RESPONSE_TIMES,
    clock,
    onEvent: (event) => void others.push(event),
    onError: (error) => {
      throw error;
    },
  });
  after.restore(await bus.liveAlarms(), clock.now());
  after.acknowledge(first!.id, NURSE, clock.now());
  t.match(others.splice(0), [{ event: 'acknowledged', alarm: { id: first!.id, presence: 'off' } }]);
  after.acknowledge(first!.id, NURSE, clock.now());
  after.acknowledge('no-such' as AlarmId, NURSE, clock.now());
  t.same(others, []);
});

t.test('limits that change are judged at once, without another value', async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  const events: LoggedAlarmEvent[] = [];
  using desk = new AlarmDesk({
    registry,
    bus,
    times: DEFAULT_RESPONSE_TIMES,
    clock,
    onEvent: (event) => void events.push(event),
    onError: (error) => {
      throw error;
    },
  });
  const start = clock.now();
  const device = registry.devicesOf(A1, start)[0]!;
  const samples = Array.from({ length: 20 }, (_, s) => ({ t: start - 20_000 + s * 1_000, spo2: 85 }));
  desk.evaluate({ device, patient: A1, samples, received: start, skew: 0 });
  const told = () =>
    events.splice(0).map(({ event, alarm }) => `${event} ${alarm.priority} ${alarm.patient}`);
  t.same(told(), ['raised medium A1']);

  const target = { kind: 'value', vital: 'spo2', direction: 'low' } as const;
  const who = { changed_by: 'charge-1', changed_at: start, reason: 'COPD' };
  const scope = { kind: 'patient', patient: A1 } as const;
  const tier = DEFAULT_LIMITS.find(({ vital, priority }) => vital === 'spo2' && priority === 'medium')!;
  await registry.putLimits({ ...target, ...who, scope, tiers: [{ ...tier, threshold: 84 }] });
  t.same(told(), ['cleared medium A1']);

  const severe = { ...tier, priority: 'high', threshold: 88, onset_delay_ms: 0 } as const;
  const ward = { kind: 'ward', ward: WARD_A } as const;
  await registry.putLimits({ ...target, ...who, scope: ward, tiers: [severe] });
  t.same(told(), [], 'the patient has limits of their own');
  await registry.putLimits({ ...target, ...who, scope, tiers: null });
  t.same(told(), ['raised high A1']);
  await registry.putLimits({ ...target, ...who, scope: ward, tiers: [] });
  t.same(told(), ['latched high A1']);
});

t.test(
  'a patient who moves is judged by the limits of the other ward at once, whatever they are',
  async (t) => {
    const { bus, registry, clock } = await feedWorld(t);
    const events: LoggedAlarmEvent[] = [];
    using desk = new AlarmDesk({
      registry,
      bus,
      times: DEFAULT_RESPONSE_TIMES,
      clock,
      onEvent: (event) => void events.push(event),
      onError: (error) => {
        throw error;
      },
    });
    const start = clock.now();
    const device = registry.devicesOf(A1, start)[0]!;
    const tiersOf = (direction: 'low' | 'high', threshold: number) =>
      DEFAULT_LIMITS.flatMap((limit) =>
        limit.vital === 'heart_rate' && limit.direction === direction && limit.priority === 'medium'
          ? [{ ...limit, threshold, onset_delay_ms: 0 }]
          : [],
      );
    const target = { kind: 'value', vital: 'heart_rate' } as const;
    const who = { changed_by: 'charge-1', changed_at: start, reason: 'test' };
    const choose = (scope: LimitOverride['scope'], direction: 'low' | 'high', threshold: number) =>
      registry.putLimits({ ...target, ...who, scope, direction, tiers: tiersOf(direction, threshold) });
    await choose({ kind: 'patient', patient: A1 }, 'low', 60);
    await choose({ kind: 'ward', ward: WARD_B }, 'high', 55);
    desk.evaluate({ device, patient: A1, samples: [{ t: start, heart_rate: 58 }], received: start, skew: 0 });
    const told = () =>
      events.splice(0).map(({ event, alarm }) => `${event} ${'direction' in alarm && alarm.direction}`);
    t.same(told(), ['raised low']);
    // Nobody is kept out of the bed they lie in by limits that contradict each other there: both alarm.
    await registry.changePatient(A1, { ward: WARD_B });
    t.same(told(), ['raised high']);
    await registry.changePatient(A1, { ward: WARD_A });
    t.same(told(), ['cleared high']);
    await registry.changePatient(A1, { label: 'Bed 12' });
    t.same(told(), []);
  },
);

t.test("a fault in the judgement of one patient is told once, and is nobody else's", async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  const told: string[] = [];
  const heard: (PatientId | null)[] = [];
  /** A bus that takes no alarm of A1: whatever throws in the midst of a judgement. */
  const broken = new Proxy(bus, {
    get(target, name) {
      if (name !== 'publishAlarm')
        return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      return (event: Parameters<typeof bus.publishAlarm>[0]) => {
        if (event.alarm.patient === A1) throw new Error('planted');
        return bus.publishAlarm(event);
      };
    },
  });
  using desk = new AlarmDesk({
    ...{ registry, bus: broken, times: DEFAULT_RESPONSE_TIMES, clock },
    onEvent: ({ alarm }) => void heard.push(alarm.patient),
    onError: ({ code, message }) => void told.push(`${code}: ${message}`),
  });
  const feel = (patient: PatientId, spo2: number): void => {
    clock.advance(1_000);
    const now = clock.now();
    const [device] = registry.devicesOf(patient, now);
    desk.evaluate({ device: device!, patient, samples: [{ t: now, spo2 }], received: now, skew: 0 });
  };
  feel(A1, 70);
  feel(A2, 70);
  t.same(heard, [A2], 'the alarm of the other');
  t.match(told, [/^alarm_judgement_failed: .*watch-A1.*planted/]);
  t.equal(desk.failing, 1);
  feel(A1, 97);
  t.equal(desk.failing, 0, 'it was judged again');
  clock.advance(60_000);
  desk.sweep(clock.now());
  t.same([...new Set(heard)], [A2], 'the other is missed, and what fails for A1 stops nobody');
  t.ok(heard.length > 1);
  desk.sweep(clock.now());
  t.equal(told.length, 2, 'told once, however often it fails');
  t.equal(desk.failing, 1);
});
