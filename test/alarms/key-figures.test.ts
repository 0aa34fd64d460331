import fc from 'fast-check';
import t from 'tap';
import { floodsOf } from '../../src/alarms/flood.ts';
import { figureSteps } from '../../src/alarms/key-figure-steps.ts';
import { keyFigures } from '../../src/alarms/key-figures.ts';
import type { AlarmEvent, AlarmEventName, LimitAlarm, TechnicalAlarm } from '../../src/model/alarm.ts';
import type { AlarmId, DeviceId, PatientId } from '../../src/model/ids.ts';
import type { Priority } from '../../src/model/limit.ts';
import type { Vital } from '../../src/model/vital.ts';
import { anAlarm, newLife, P1, P2 } from '../support/alarms.ts';

const S = 1_000;
const DAY = 86_400 * S;
const DEVICE = 'D1' as DeviceId;

const event = (name: AlarmEventName, at: number, fields: Partial<LimitAlarm> = {}): AlarmEvent => ({
  event: name,
  at,
  alarm: anAlarm(fields.onset ?? at, { raised_at: at, alerted_at: at, ...fields }),
});
const technical = (at: number, vital: Vital | null): AlarmEvent => {
  const alarm: TechnicalAlarm = {
    ...newLife(at),
    ...{ kind: 'technical', id: `t-${at}-${vital}` as AlarmId, patient: P1, device: DEVICE, onset: at },
    ...{ condition: 'signal_lost', vital, priority: 'low', last_value_at: null },
  };
  return { event: 'raised', at, alarm };
};
const figures = (events: readonly AlarmEvent[], to = DAY, standing: LimitAlarm[] = []) =>
  keyFigures({ from: 0, to, patients: 2, steps: events.flatMap(figureSteps), standing });

t.test('alarms a patient a day and their share by priority, the technical ones apart', async (t) => {
  const found = figures([
    event('raised', 10 * S, { priority: 'high' }),
    event('raised', 20 * S),
    event('raised', 30 * S, { patient: P2 }),
    event('raised', 40 * S, { patient: P2, vital: 'heart_rate' }),
    technical(50 * S, 'spo2'),
    technical(60 * S, null),
  ]);
  t.match(found, { from: 0, to: DAY, patients: 2 });
  t.match(found.physiological, {
    annunciations: 4,
    per_patient_day: 2,
    by_priority: {
      high: { count: 1, share: 0.25 },
      medium: { count: 3, share: 0.75 },
      low: { count: 0, share: 0 },
    },
  });
  t.match(found.technical, { annunciations: 2, per_patient_day: 1, by_priority: { low: { share: 1 } } });
  t.same(found.top_conditions, [
    { condition: 'spo2:low', kind: 'physiological', annunciations: 3, share: 0.5 },
    { condition: 'heart_rate:low', kind: 'physiological', annunciations: 1, share: 1 / 6 },
    { condition: 'signal_lost', kind: 'technical', annunciations: 1, share: 1 / 6 },
    { condition: 'signal_lost:spo2', kind: 'technical', annunciations: 1, share: 1 / 6 },
  ]);
});

t.test('what brings an alarm to notice is an annunciation, and nothing else', async (t) => {
  const counts = (name: AlarmEventName, fields: Partial<LimitAlarm> = {}): number =>
    figures([event(name, 5 * S, fields)]).physiological.annunciations;
  for (const name of ['raised', 'recurred', 'priority_raised', 'unshelved'] as const)
    t.equal(counts(name), 1, name);
  for (const name of ['latched', 'realerted', 'escalated', 'unattended', 'attended'] as const)
    t.equal(counts(name), 0, name);
  for (const name of ['shelved', 'acknowledged', 'cleared', 'retrospective'] as const)
    t.equal(counts(name), 0, name);
  for (const name of ['raised', 'recurred', 'priority_raised'] as const)
    t.equal(counts(name, { shelved_until: DAY }), 0, `${name} on the shelf`);
  t.equal(counts('unshelved', { presence: 'ack' }), 0, 'off the shelf, and seen before');
});

t.test('how long until somebody acknowledged, once for each alarm', async (t) => {
  const acked = (raisedAt: number, at: number, first = at, priority: Priority = 'medium'): AlarmEvent =>
    event('acknowledged', at, {
      ...{ onset: raisedAt, raised_at: raisedAt, alerted_at: raisedAt, priority, presence: 'ack' },
      ...{ acknowledged_at: at, first_acknowledged_at: first },
    });
  const { by_priority } = figures([
    acked(1 * S, 11 * S),
    acked(2 * S, 32 * S),
    // Alerted again and seen again: its first time counts, and counted before.
    acked(2 * S, 900 * S, 32 * S),
    acked(5 * S, 9 * S, 9 * S, 'high'),
  ]).physiological;
  t.match(by_priority, {
    high: { acknowledged: 1, ack_median_ms: 4 * S },
    medium: { acknowledged: 2, ack_median_ms: 20 * S },
    low: { acknowledged: 0, ack_median_ms: null },
  });
});

t.test('a condition chatters when it comes three times within a minute', async (t) => {
  const at = (...times: number[]) => times.map((s) => event('raised', s * S));
  t.equal(figures(at(0, 30, 59)).chattering, 1);
  t.equal(figures(at(0, 30, 60)).chattering, 0, 'a whole minute is more than within one');
  t.equal(figures(at(0, 10, 20, 500, 510, 520)).chattering, 1, 'one condition, however often');
  t.equal(figures([...at(0, 10), event('priority_raised', 20 * S)]).chattering, 0, 'worse is not anew');
  const other = [event('raised', 10 * S, { patient: P2 }), event('raised', 20 * S, { vital: 'heart_rate' })];
  t.equal(figures([...at(0), ...other]).chattering, 0, 'of one patient, and of one condition');
});

t.test('one that latched and comes back is annunciated when it comes back', async (t) => {
  const back = (s: number): AlarmEvent => ({
    ...event('recurred', s * S),
    alarm: anAlarm(0, { priority: 'high', raised_at: 7 * S, alerted_at: 7 * S }),
  });
  const now = event('raised', 0, { priority: 'high', raised_at: 7 * S, alerted_at: 7 * S });
  t.equal(figures([now, back(1_200), back(2_400), back(3_600)]).chattering, 0, 'every 20 minutes');
  t.equal(figures([now, back(1_200), back(1_220), back(1_240)]).chattering, 1);
  t.same(
    [back(1_200)].flatMap(figureSteps).map(({ at }) => at),
    [1_207 * S],
    "by the server's clock, which is 7 s ahead of the device's",
  );
});

t.test('an alarm is stale when it lives for more than a day', async (t) => {
  const old = anAlarm(1, { raised_at: 1 });
  t.equal(figures([], DAY + 2, [old]).stale, 1);
  t.equal(figures([], DAY + 1, [old]).stale, 0, 'a day to the millisecond is not more');
  const over = event('cleared', 50 * S, { onset: 1, raised_at: 1, presence: 'off' });
  t.equal(figures([over], 2 * DAY, [old]).stale, 0, 'over in time');
  t.equal(figures([event('raised', 10)], 2 * DAY).stale, 1, 'raised within the range');
  t.equal(figures([], 2 * DAY, [{ ...old, cleared: 3 * DAY }]).stale, 1, 'over after the range');
});

t.test('unattended, escalated and reminded are counted each', async (t) => {
  const found = figures([
    event('unattended', S),
    event('escalated', 2 * S),
    event('escalated', 3 * S),
    event('realerted', 4 * S),
  ]);
  t.match(found, { unattended: 1, escalated: 2, reminded: 1 });
});

t.test('a flood begins with ten in ten minutes and is over with fewer than five', async (t) => {
  const every = (count: number, stepMs: number) => Array.from({ length: count }, (_, i) => i * stepMs);
  t.same(floodsOf(every(9, S), DAY), { count: 0, ms: 0 });
  t.same(floodsOf(every(10, 60 * S), DAY), { count: 1, ms: 5 * 60 * S + 600 * S - 540 * S });
  t.same(floodsOf(every(10, 67 * S), DAY), { count: 0, ms: 0 }, 'ten in more than ten minutes');
  t.same(floodsOf(every(10, S), 20 * S), { count: 1, ms: 11 * S }, 'no longer than the range');
  const twice = [...every(10, S), ...every(10, S).map((at) => at + 3_600 * S)];
  t.equal(floodsOf(twice, DAY).count, 2);
});

/** What ISA-18.2 says, looked at second by second. */
function floodsBySecond(times: readonly number[], to: number): { count: number; ms: number } {
  let [count, ms, flood] = [0, 0, false];
  for (let now = 0; now < to; now += S) {
    const recent = times.filter((at) => at > now - 600 * S && at <= now).length;
    // Those of one second come one after the other.
    if (!flood && recent >= 10) {
      flood = true;
      count += 1;
    } else if (flood && recent < 5) flood = false;
    if (flood) ms += S;
  }
  return { count, ms };
}

t.test('property: floods are what looking at every second finds', async (t) => {
  const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 400 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 900 }), (steps, after) => {
      let now = 0;
      const times = steps.map((gap) => {
        now += gap;
        return now * S;
      });
      const to = (now + 1 + after) * S;
      t.same(floodsOf(times, to), floodsBySecond(times, to));
    }),
    { numRuns: 100 },
  );
  t.pass('every one');
});

const anEvent = fc.record({
  name: fc.constantFrom<AlarmEventName>('raised', 'recurred', 'priority_raised', 'cleared', 'escalated'),
  at: fc.integer({ min: -100, max: 700 }),
  patient: fc.constantFrom<PatientId>(P1, P2),
  vital: fc.constantFrom<Vital>('spo2', 'heart_rate'),
  priority: fc.constantFrom<Priority>('low', 'medium', 'high'),
  shelved: fc.boolean(),
});

t.test(
  'property: the figures are what a naive reading finds, in whatever order the events come',
  async (t) => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 40 }), (made) => {
        const to = 600 * S;
        const events = made.map(({ name, at, patient, vital, priority, shelved }) =>
          event(name, at * S, { patient, vital, priority, shelved_until: shelved ? to : null }),
        );
        const heard = made.filter(
          ({ name, at, shelved }) =>
            ['raised', 'recurred', 'priority_raised'].includes(name) && !shelved && at >= 0 && at < 600,
        );
        const chatters = new Set<string>();
        for (const one of heard) {
          const same = heard.filter(
            ({ name, patient, vital, at }) =>
              name !== 'priority_raised' &&
              patient === one.patient &&
              vital === one.vital &&
              at >= one.at &&
              at < one.at + 60,
          );
          if (one.name !== 'priority_raised' && same.length >= 3) chatters.add(`${one.patient}${one.vital}`);
        }
        const found = figures(events, to);
        t.equal(found.physiological.annunciations, heard.length);
        for (const priority of ['low', 'medium', 'high'] as const) {
          const expected = heard.filter((one) => one.priority === priority).length;
          t.equal(found.physiological.by_priority[priority].count, expected);
        }
        t.equal(found.chattering, chatters.size);
        t.equal(
          found.escalated,
          made.filter(({ name, at }) => name === 'escalated' && at >= 0 && at < 600).length,
        );
        t.same(figures([...events].reverse(), to), found);
      }),
      { numRuns: 200 },
    );
    t.pass('every one');
  },
);
