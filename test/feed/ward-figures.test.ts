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

t.test('figures that are asked for are read one after the other, and not for ever many wait', async (t) => {
  const { bus, registry, clock } = await feedWorld(t);
  let reading = 0;
  let most = 0;
  const counted: typeof bus.alarmEvents = async (query) => {
    reading += 1;
    most = Math.max(most, reading);
    const page = await bus.alarmEvents(query);
    reading -= 1;
    return page;
  };
  const watched = new Proxy(bus, {
    get(target, name) {
      if (name === 'alarmEvents') return counted;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  using figures = new WardFigures({ bus: watched, registry, clock, liveAlarms: [] });
  const range = { from: 0, to: clock.now() };
  const asked = Array.from({ length: 9 }, () => figures.of([A1], range));
  await t.rejects(figures.of([A1], range), { code: 'figures_busy' });
  t.equal((await Promise.all(asked)).length, 9);
  t.equal(most, 1);
  await t.rejects(
    figures.of([A1], range, AbortSignal.abort()),
    { code: 'overloaded' },
    'nobody waits for them',
  );
  t.equal((await figures.of([A1], range)).patients, 1, 'those who come later find room');
});
