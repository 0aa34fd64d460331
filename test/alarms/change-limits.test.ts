import fc from 'fast-check';
import t from 'tap';
import { WINDOW_PARTS } from '../../src/alarms/change-limits.ts';
import { evaluateArrival, releaseDevice } from '../../src/alarms/engine.ts';
import { acknowledge } from '../../src/alarms/response.ts';
import { restore } from '../../src/alarms/restore.ts';
import { expectDevice } from '../../src/alarms/silence.ts';
import type { Alarm } from '../../src/model/alarm.ts';
import { clinicianId, deviceId } from '../../src/model/ids.ts';
import type { ChangeLimit, Limit } from '../../src/model/limit.ts';
import type { Sample } from '../../src/model/sample.ts';
import { readAlarms } from '../support/alarm-reading.ts';
import { alarmsOf, DEVICE, type EngineRun, engineRun, seconds, steady, told } from '../support/engine-run.ts';
import { changeOf, fallBy, limitsWith } from '../support/limit-choices.ts';

const OTHER = deviceId('d-2');

function fallRun(...tiers: readonly ChangeLimit[]): EngineRun {
  const [first = fallBy(), ...rest] = tiers;
  return engineRun([], 1_000, { limits: limitsWith([changeOf(first, ...rest)], []) });
}

t.test(
  'SpO2 falling by 4 or more in 60 s alarms after the delay, and clears once the fall is over',
  async (t) => {
    const run = fallRun();
    run.send(seconds('spo2', [...steady(10, 97), ...steady(30, 93)]));
    run.send(seconds('spo2', steady(50, 93), 40));
    t.same(told(run.events), ['raised spo2 falling medium 20', 'cleared spo2 falling medium 75']);
    const [raised] = run.events;
    t.equal(raised?.alarm.id, 'p-1:spo2:falling:20000');
    t.match(raised?.alarm, {
      cause: 'change',
      course: 'falling',
      threshold: 4,
      window_ms: 60_000,
      change: 4,
      value: 93,
      breached_since: 10_000,
      device: DEVICE,
    });
  },
);

t.test('a fall by less, or over longer than the window, is no breach', async (t) => {
  const run = fallRun(fallBy({ onset_delay_ms: 0 }));
  run.send(seconds('spo2', [...steady(30, 97), ...steady(30, 94)]));
  run.send(seconds('spo2', steady(61, 94), 60));
  run.send(seconds('spo2', [...steady(20, 93), ...steady(20, 92), ...steady(20, 91)], 121));
  run.send(seconds('spo2', steady(40, 90), 181));
  t.same(run.events, []);
  run.send(seconds('spo2', [87], 221));
  t.same(told(run.events), ['raised spo2 falling medium 221'], 'from 91, 60 s before');
});

t.test('rising is a course of its own', async (t) => {
  const rise = fallBy({ vital: 'heart_rate', course: 'rising', change: 30, clear_margin: 5 });
  const run = engineRun([], 1_000, { limits: limitsWith([changeOf(rise)], []) });
  run.send(
    seconds(
      'heart_rate',
      Array.from({ length: 20 }, (_, s) => 110 - s),
    ),
  );
  t.same(run.events, [], 'falling by 19 is none');
  run.send(
    seconds(
      'heart_rate',
      Array.from({ length: 30 }, (_, s) => 121 + (s % 3)),
      20,
    ),
  );
  t.same(told(run.events), ['raised heart_rate rising medium 30']);
});

t.test('a worse tier raises the same alarm; the latch waits for a person', async (t) => {
  const run = fallRun(fallBy(), fallBy({ priority: 'high', change: 8, onset_delay_ms: 0 }));
  run.send(seconds('spo2', [...steady(10, 97), ...steady(15, 93), ...steady(5, 89)]));
  t.same(told(run.events), ['raised spo2 falling medium 20', 'priority_raised spo2 falling high 25']);
  t.equal(new Set(run.events.map(({ alarm }) => alarm.id)).size, 1);
  run.send(seconds('spo2', steady(60, 89), 30));
  run.send(seconds('spo2', steady(20, 89), 90));
  t.same(told(run.events).slice(2), ['latched spo2 falling high 90'], 'within 3 of 93, 61 s after 97');
  const [, raised] = run.events;
  const seen = acknowledge(run.state, raised!.alarm.id, clinicianId('nurse-1'), 120_000);
  t.match(seen, { event: 'acknowledged', alarm: { presence: 'off' } });
  t.equal(run.state.live.size, 0);
});

t.test(
  'a change that goes on at the margin does not clear, and none at all clears at the widest margin',
  async (t) => {
    const wide = fallRun(fallBy({ clear_margin: 9, window_ms: 20_000 }));
    wide.send(seconds('spo2', [...steady(5, 97), ...steady(15, 93), ...steady(10, 92), ...steady(30, 92)]));
    t.same(told(wide.events), ['raised spo2 falling medium 15', 'cleared spo2 falling medium 45']);

    const none = fallRun(fallBy({ clear_margin: 0, clear_delay_ms: 0, window_ms: 600_000 }));
    none.send(seconds('spo2', [...steady(5, 97), ...steady(40, 93)]));
    t.same(told(none.events), ['raised spo2 falling medium 15'], 'a breach is never inside as well');
  },
);

t.test('a gap longer than the silence limit forgets the window and starts delays anew', async (t) => {
  const run = fallRun();
  run.send(seconds('spo2', steady(10, 97)));
  run.send(seconds('spo2', steady(40, 93), 20));
  t.same(
    run.events.filter(({ alarm }) => alarm.kind === 'physiological'),
    [],
    '11 s without values',
  );

  const delay = fallRun();
  delay.send(seconds('spo2', [...steady(10, 97), ...steady(8, 93)]));
  delay.send(seconds('spo2', steady(30, 93), 29));
  t.same(
    delay.events.filter(({ alarm }) => alarm.kind === 'physiological'),
    [],
  );

  const short = fallRun();
  short.send(seconds('spo2', [...steady(10, 97), ...steady(8, 93)]));
  short.send(seconds('spo2', steady(10, 93), 27));
  t.same(told(short.events), ['raised spo2 falling medium 27'], '10 s are no gap');
});

t.test('what is not trusted, or late, is not part of the window', async (t) => {
  const run = fallRun(fallBy({ onset_delay_ms: 0 }));
  run.send(seconds('spo2', steady(5, 93)));
  run.send([{ t: 5_000, spo2: 99, quality: 'motion' }]);
  run.send([{ t: 1_500, spo2: 99 }]);
  run.send(seconds('spo2', steady(5, 93), 6));
  t.same(run.events, []);
});

t.test('each device by its own values, and the alarm lives while any holds it', async (t) => {
  const run = fallRun();
  run.send(seconds('spo2', steady(15, 97)));
  run.send(seconds('spo2', steady(15, 92)), { device: OTHER });
  t.same(run.events, [], 'two devices that differ are no fall');
  run.send(seconds('spo2', steady(20, 93), 15));
  run.send(seconds('spo2', steady(20, 88), 20), { device: OTHER });
  t.same(told(run.events), ['raised spo2 falling medium 25']);
  run.send(seconds('spo2', steady(50, 96), 35));
  t.same(
    told(run.events)
      .slice(1)
      .filter((line) => line.includes('falling')),
    [],
    'the other holds it',
  );
  t.same(told(releaseDevice(run.state, OTHER, 85_000)), ['cleared spo2 falling medium 85']);
});

t.test('after a restart it is neither lost nor raised again, and waits for every device', async (t) => {
  const before = fallRun();
  before.send(seconds('spo2', [...steady(10, 97), ...steady(15, 93)]));
  const after = engineRun([], 1_000, { limits: before.rules.limits });
  restore(after.state, structuredClone([...before.state.live.values()]) as Alarm[]);
  for (const device of [DEVICE, OTHER]) expectDevice(after.state, device, 30_000);
  after.send(seconds('spo2', [...steady(10, 97), ...steady(15, 92)], 30));
  t.same(after.events, []);
  after.send(seconds('spo2', steady(20, 96), 55));
  t.same(after.events, [], 'the other may hold it');
  for (let s = 75; s < 90; s++)
    after.send(
      [
        { t: s * 1_000, spo2: 96 },
        { t: s * 1_000 + 1, spo2: 96 },
      ],
      { device: OTHER },
    );
  for (let s = 90; s < 96; s++) after.send([{ t: s * 1_000, spo2: 96 }]);
  const cleared = after.events.find(
    ({ event, alarm }) => event === 'cleared' && alarm.kind === 'physiological',
  );
  t.equal(cleared?.alarm.id, before.events[0]?.alarm.id);
});

t.test('without such limits nothing is kept, and what was held is let go of', async (t) => {
  const run = fallRun();
  run.send(seconds('spo2', [...steady(10, 97), ...steady(15, 93)]));
  const arrival = { device: DEVICE, received: 25_000, skew: 0, intervalMs: 1_000 };
  const unlimited = engineRun([]).rules;
  const events = evaluateArrival(run.state, { ...arrival, samples: seconds('spo2', [93], 25) }, unlimited);
  t.same(told(events), ['cleared spo2 falling medium 25']);
  t.equal(run.state.devices.get(DEVICE)?.vitals.spo2?.changes, null);

  const never = engineRun([]);
  never.send(seconds('spo2', steady(10, 97)));
  t.equal(never.state.devices.get(DEVICE)?.vitals.spo2?.changes, null);
});

t.test('the window has a bound, and misses no fall for it', async (t) => {
  const windowMs = 30 * 60_000;
  const run = fallRun(fallBy({ window_ms: windowMs, onset_delay_ms: 0, change: 10 }));
  for (let s = 0; s < 400; s++)
    run.send(
      Array.from({ length: 20 }, (_, i) => ({ t: s * 1_000 + i * 50, spo2: 99 - (s * 20 + i) * 0.001 })),
    );
  const kept = run.state.devices.get(DEVICE)?.vitals.spo2?.changes?.falling;
  t.ok(kept && kept.values.length <= WINDOW_PARTS + 2 && kept.times.length === kept.values.length);
  t.ok(kept!.values.length < 500, `${kept?.values.length} of 8,000 values`);
  run.send([{ t: 400_000, spo2: 88.999 }]);
  t.same(told(run.events), ['raised spo2 falling medium 400']);
});

/**
 * Tiers whose fall is checked by the second reading: whole numbers, so that half a unit lies between all of them. None is
 * of high priority, which would latch.
 */
const tiers = [
  fallBy({ priority: 'low', change: 3, window_ms: 30_000 }),
  fallBy({ priority: 'medium', change: 6, window_ms: 30_000, onset_delay_ms: 0 }),
];

/** The same rule read in the slow way: every fall is looked for in all values, and judged as if it were a value. */
function readFalls(samples: readonly Sample[]): unknown[] {
  const trusted = samples.filter(({ quality, spo2 }) => quality === undefined && spo2 !== undefined);
  let segment = 0;
  const values = trusted.map(({ t, spo2 = 0 }, i) => {
    const before = trusted[i - 1];
    if (before && t - before.t > 10_000) segment++;
    return { t, spo2, segment };
  });
  const falls = values.map(({ t, spo2, segment }) => {
    const window = values.filter(
      (other) => other.segment === segment && other.t <= t && other.t >= t - 30_000,
    );
    return { t, steps: Math.max(...window.map((other) => other.spo2)) - spo2 };
  });
  const limits = tiers.map(
    ({ priority, change, onset_delay_ms, clear_delay_ms }): Limit => ({
      ...{ vital: 'steps', direction: 'high', priority, onset_delay_ms, clear_delay_ms },
      ...{ threshold: change - 0.5, clear_margin: 0.5 },
    }),
  );
  return readAlarms(falls, limits, { expectedIntervalMs: 1_000 })
    .filter(({ kind }) => kind === 'physiological')
    .map(({ priority, onset, clear }) => `${priority} ${onset} ${clear}`);
}

const walk = fc
  .array(
    fc.record({
      step: fc.constantFrom(-7, -3, -2, -1, 0, 0, 1, 2, 5),
      lasts: fc.integer({ min: 1, max: 12 }),
      pause: fc.constantFrom(1, 1, 1, 1, 2, 9, 10, 11, 14),
      quality: fc.constantFrom(undefined, undefined, undefined, undefined, 'motion' as const),
    }),
    { minLength: 20, maxLength: 50, size: 'max' },
  )
  .map((stretches) => {
    const samples: Sample[] = [];
    let [t, spo2] = [1_000_000, 90];
    for (const { step, lasts, pause, quality } of stretches) {
      spo2 = Math.min(99, Math.max(60, spo2 + step));
      for (let i = 0; i < lasts; i++) {
        samples.push({ t, spo2, ...(quality ? { quality } : {}) });
        t += i === lasts - 1 ? pause * 1_000 : 1_000;
      }
    }
    return samples;
  });

t.test('the engine and a slow reading of the rule agree on generated samples', async (t) => {
  let alarms = 0;
  fc.assert(
    fc.property(walk, (samples) => {
      const run = fallRun(...tiers);
      for (const sample of samples) run.send([sample]);
      const mine = alarmsOf(run.events.filter(({ alarm }) => alarm.kind === 'physiological')).map(
        ({ priority, onset, cleared }) => `${priority} ${onset} ${cleared}`,
      );
      const theirs = readFalls(samples);
      alarms += theirs.length;
      if (JSON.stringify(mine) !== JSON.stringify(theirs))
        throw new Error(`engine ${JSON.stringify(mine)}\nreading ${JSON.stringify(theirs)}`);
    }),
    { numRuns: 300 },
  );
  t.ok(alarms > 200, `${alarms} alarms were compared`);
});
