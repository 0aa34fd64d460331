import t from 'tap';
import { WardFigures } from '../../src/feed/ward-figures.ts';
import { cleared, raised } from '../support/alarms.ts';
import { A1, A2, B1, feedWorld, WARD_A, WARD_B } from '../support/feed-world.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

t.test('wards are counted as alarms happen, once a minute, and forget after a day', async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  using figures = new WardFigures({ bus, registry, clock, liveAlarms: [] });
  const heard = (ward = WARD_A) => figures.wards().get(ward)?.physiological.annunciations;
  t.equal(heard(), 0);
  bus.publishAlarm(raised(clock.now(), { patient: A1 }));
  bus.publishAlarm(raised(clock.now(), { patient: A2 }));
  bus.publishAlarm(raised(clock.now(), { patient: B1 }));
  t.equal(heard(), 0, 'the figures of this minute');
  clock.advance(MINUTE);
  t.equal(heard(), 2);
  t.equal(heard(WARD_B), 1);
  t.equal(figures.wards().get(WARD_A)?.stale, 0);
  clock.advance(DAY);
  t.equal(heard(), 0);
  t.equal(figures.wards().get(WARD_A)?.stale, 2, 'they live still');
});

t.test('what the log has of the last day is counted after a start, over alarms included', async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  const at = clock.now();
  bus.publishAlarm(raised(at, { patient: A1 }));
  bus.publishAlarm(cleared(at, at + 5, { patient: A1 }));
  await bus.flushed();
  using figures = new WardFigures({ bus, registry, clock, liveAlarms: await bus.liveAlarms() });
  await figures.load();
  t.equal(figures.wards().get(WARD_A)?.physiological.annunciations, 1);
});

t.test('the window is bounded: the oldest go', async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  using figures = new WardFigures({ bus, registry, clock, liveAlarms: [], maxSteps: 10 });
  for (let i = 0; i < 30; i++) {
    bus.publishAlarm(raised(clock.now(), { patient: A1 }));
    clock.advance(1_000);
  }
  const { physiological } = figures.wards().get(WARD_A)!;
  t.ok(
    physiological.annunciations >= 8 && physiological.annunciations <= 11,
    `${physiological.annunciations}`,
  );
});
