import t from 'tap';
import { DEFAULT_RESPONSE_TIMES } from '../../src/alarms/subject-rules.ts';
import { AlarmDesk } from '../../src/ingest/alarm-desk.ts';
import { DevicePlaces } from '../../src/ingest/device-place.ts';
import { PatientRules } from '../../src/ingest/patient-rules.ts';
import { Subjects } from '../../src/ingest/subjects.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import type { PatientId } from '../../src/model/ids.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Shelf } from '../../src/model/shelf.ts';
import { A1, A2, feedWorld } from '../support/feed-world.ts';

t.test(
  'who keeps the place of a device hears of the same alarms as who does not, whatever changes',
  async (t) => {
    const { bus, registry, clock } = await feedWorld(t);
    const desks = [0, 1].map(() => {
      const events: string[] = [];
      const desk = new AlarmDesk({
        ...{ registry, bus, times: DEFAULT_RESPONSE_TIMES, clock },
        // Both tell the same bus, which numbers what it is told.
        onEvent: ({ cursor: _, ...event }) => void events.push(JSON.stringify(event)),
        onError: (error) => {
          throw error;
        },
      });
      t.teardown(() => desk[Symbol.dispose]());
      return { desk, events };
    });
    const [device] = registry.devicesOf(A1, clock.now());
    const [keeps, looks] = desks;
    const place = keeps!.desk.placeOf(device!);
    const feel = (patient: PatientId | null, sample: Omit<Sample, 't'>, seconds: number): void => {
      for (let s = 0; s < seconds; s++) {
        clock.advance(1_000);
        const now = clock.now();
        const arrival = {
          device: device!,
          patient,
          samples: [{ ...sample, t: now }],
          received: now,
          skew: 0,
        };
        keeps!.desk.evaluate(arrival, place);
        looks!.desk.evaluate(arrival);
        for (const { desk } of desks) desk.sweep(now);
      }
    };
    const compare = (what: string, happened: number): void => {
      t.equal(keeps!.events.length, happened, `${what}: ${happened} events`);
      t.same(keeps!.events.splice(0), looks!.events.splice(0), what);
      t.same(keeps!.desk.states(clock.now()), looks!.desk.states(clock.now()), `${what}: states`);
    };
    const well = { heart_rate: 70, spo2: 97 };
    feel(A1, well, 20);
    compare('well', 0);
    feel(A1, { ...well, spo2: 85 }, 16);
    compare('a breach', 1);
    const tier = DEFAULT_LIMITS.find(({ vital, priority }) => vital === 'spo2' && priority === 'medium')!;
    await registry.putLimits({
      ...{ kind: 'value', vital: 'spo2', direction: 'low', scope: { kind: 'patient', patient: A1 } },
      ...{ tiers: [{ ...tier, threshold: 80 }], changed_by: 'charge', changed_at: 0, reason: 'COPD' },
    });
    compare('other limits', 1);
    feel(A1, { ...well, spo2: 85 }, 20);
    compare('by the new ones, well', 0);
    feel(A1, { ...well, spo2: 79 }, 15);
    compare('by the old ones it would have been two', 0);
    const now = clock.now();
    await registry.putShelf({
      ...{
        id: 's-1' as Shelf['id'],
        patient: A1,
        vital: 'spo2',
        direction: 'low',
        by: 'charge',
        reason: 'repositioning',
      },
      ...{ from: now + 500, until: now + 5_000 },
    });
    feel(A1, { ...well, spo2: 79 }, 1);
    t.match(JSON.parse(keeps!.events[0]!), { event: 'raised', alarm: { shelved_until: now + 5_000 } });
    compare('a shelf that has begun meanwhile', 1);
    await registry.assign(device!, A2, clock.now());
    for (const { desk } of desks) desk.releaseReassigned(clock.now());
    compare('let go of', 1);
    feel(A2, { ...well, spo2: 79 }, 1);
    t.match(JSON.parse(keeps!.events[0]!), { alarm: { patient: A2, vital: 'spo2', priority: 'high' } });
    compare('worn by another', 1);
    await registry.assign(device!, null, clock.now());
    feel(null, well, 1);
    compare('worn by nobody', 2);
    await registry.assign(device!, A1, clock.now());
    feel(A1, well, 3);
    compare('worn by the first again', 1);
  },
);

t.test('a place is found again when a device has changed in the registry, and only then', async (t) => {
  const { registry, clock } = await feedWorld(t);
  const places = new DevicePlaces(registry, new Subjects(), new PatientRules(registry));
  const [device] = registry.devicesOf(A1, clock.now());
  const place = { device: device!, found: null };
  const found = places.find(place, A1, clock.now());
  t.equal(places.find(place, A1, clock.now() + 1_000), found);
  places.outdate();
  const again = places.find(place, A1, clock.now());
  t.not(again, found);
  t.equal(again.track, found.track);
});
