import fc from 'fast-check';
import t from 'tap';
import { evaluateArrival } from '../../src/alarms/engine.ts';
import { limitsChanged } from '../../src/alarms/reevaluate.ts';
import { acknowledge } from '../../src/alarms/response.ts';
import { restore } from '../../src/alarms/restore.ts';
import { expectDevice } from '../../src/alarms/silence.ts';
import type { Alarm, AlarmEvent } from '../../src/model/alarm.ts';
import { type EffectiveLimits, NO_LIMITS } from '../../src/model/effective-limits.ts';
import { clinicianId, deviceId } from '../../src/model/ids.ts';
import type { Limit } from '../../src/model/limit.ts';
import type { LimitChoice } from '../../src/model/limit-override.ts';
import type { Sample } from '../../src/model/sample.ts';
import { DEVICE, type EngineRun, engineRun, seconds, steady, told } from '../support/engine-run.ts';
import { changeOf, combinationOf, fallBy, limitsWith, shock } from '../support/limit-choices.ts';

const OTHER = deviceId('d-2');
const NURSE = clinicianId('nurse-1');

/** SpO2 below 90, after 15 s, but for what `fields` say. */
function low(fields: Partial<Limit> = {}): Limit {
  const delays = { onset_delay_ms: 15_000, clear_delay_ms: 5_000 };
  return {
    vital: 'spo2',
    direction: 'low',
    priority: 'medium',
    threshold: 90,
    clear_margin: 1,
    ...delays,
    ...fields,
  };
}

/** The choice of these tiers for low SpO2; none: switched off. */
function lowOf(...tiers: readonly Limit[]): LimitChoice {
  return { kind: 'value', vital: 'spo2', direction: 'low', tiers };
}

const only = (...choices: readonly LimitChoice[]): EffectiveLimits => limitsWith(choices, []);

function runWith(limits: EffectiveLimits): EngineRun {
  return engineRun([], 1_000, { limits });
}

/** The limits of `run` become `limits`. */
function change(run: EngineRun, limits: EffectiveLimits, nowS: number): AlarmEvent[] {
  const events = limitsChanged(run.state, run.rules.limits, { ...run.rules, limits }, nowS * 1_000);
  Object.assign(run.rules, { limits });
  return events;
}

t.test('a live alarm ends at once when its limit is switched off', async (t) => {
  const medium = runWith(only(lowOf(low())));
  medium.send(seconds('spo2', steady(20, 85)));
  t.same(told(change(medium, NO_LIMITS, 20)), ['cleared spo2 low medium 20']);
  t.equal(medium.state.live.size, 0);
  t.same(medium.state.devices.get(DEVICE)?.vitals.spo2?.limits, {});

  const high = runWith(only(lowOf(low({ priority: 'high' }))));
  high.send(seconds('spo2', steady(20, 85)));
  t.same(told(change(high, NO_LIMITS, 20)), ['latched spo2 low high 20'], 'nobody has seen it');
  t.same(change(high, only(lowOf(low({ threshold: 70 }))), 21), [], 'it stays latched');

  const seen = runWith(only(lowOf(low({ priority: 'high' }))));
  const [raised] = seen.send(seconds('spo2', steady(20, 85)));
  acknowledge(seen.state, raised!.alarm.id, NURSE, 20_000);
  t.same(told(change(seen, NO_LIMITS, 20)), ['cleared spo2 low high 20']);
});

t.test(
  'a value beyond none of the new tiers ends it at once; one still beyond goes on as it was',
  async (t) => {
    const run = runWith(only(lowOf(low())));
    run.send(seconds('spo2', steady(20, 85)));
    t.same(change(run, only(lowOf(low({ threshold: 86 }))), 20), []);
    t.same(told(change(run, only(lowOf(low({ threshold: 85 }))), 20)), ['cleared spo2 low medium 20']);
    run.send(seconds('spo2', steady(20, 84), 20));
    t.same(told(run.events).slice(1), ['raised spo2 low medium 35']);
  },
);

t.test('a value beyond a new tier begins its delay at its own sample time', async (t) => {
  const run = runWith(NO_LIMITS);
  run.send(seconds('spo2', steady(20, 88)));
  t.same(change(run, only(lowOf(low())), 25), []);
  run.send(seconds('spo2', steady(20, 88), 25));
  t.same(told(run.events), ['raised spo2 low medium 34']);
  t.match(run.events[0]?.alarm, { breached_since: 19_000 });

  t.same(
    change(run, only(lowOf(low(), low({ priority: 'high', threshold: 89, onset_delay_ms: 3_000 }))), 45),
    [],
  );
  t.same(
    told(run.send(seconds('spo2', steady(5, 88), 45))),
    ['priority_raised spo2 low high 47'],
    '3 s after 44',
  );
});

t.test('without a delay it alarms at once, and never twice', async (t) => {
  const run = runWith(NO_LIMITS);
  run.send(seconds('spo2', steady(20, 88)));
  const limits = only(lowOf(low({ onset_delay_ms: 0 })));
  const raised = change(run, limits, 22);
  t.same(told(raised), ['raised spo2 low medium 22']);
  t.match(raised[0]?.alarm, { device: DEVICE, value: 88, breached_since: 19_000, raised_at: 22_000 });
  t.same(change(run, only(lowOf(low({ onset_delay_ms: 0, threshold: 91 }))), 23), []);
  t.same(run.send(seconds('spo2', steady(10, 88), 24)).length, 0);

  t.test('one that is raised again by the same value is another alarm', async (t) => {
    t.same(told(change(run, NO_LIMITS, 34)), ['cleared spo2 low medium 34']);
    const [again] = change(run, limits, 35);
    t.equal(again?.event, 'raised');
    t.not(again?.alarm.id, raised[0]?.alarm.id);
  });
});

t.test('a shorter delay counts from the first breach', async (t) => {
  const run = runWith(only(lowOf(low())));
  run.send(seconds('spo2', steady(11, 88)));
  t.same(told(change(run, only(lowOf(low({ onset_delay_ms: 10_000 }))), 11)), ['raised spo2 low medium 11']);
  t.match([...run.state.live.values()], [{ breached_since: 0 }]);
});

t.test(
  'limits of something else leave an alarm within its margin, and a delay that runs, alone',
  async (t) => {
    const both = only(lowOf(low()), { kind: 'value', vital: 'heart_rate', direction: 'high', tiers: [] });
    const run = runWith(both);
    run.send(seconds('spo2', [...steady(20, 85), ...steady(2, 90)]));
    const heart: Limit = { ...low({ threshold: 120 }), vital: 'heart_rate', direction: 'high' };
    const more = only(lowOf(low()), {
      kind: 'value',
      vital: 'heart_rate',
      direction: 'high',
      tiers: [heart],
    });
    t.same(change(run, more, 22), [], '90 is inside, but not by the margin');
    t.ok(run.state.live.has('spo2:low'));

    const delay = runWith(both);
    delay.send(seconds('spo2', steady(10, 85)));
    change(delay, more, 10);
    delay.send(seconds('spo2', steady(10, 85), 10));
    t.same(told(delay.events), ['raised spo2 low medium 15']);
  },
);

t.test('only what is current is judged: an old value neither ends nor raises', async (t) => {
  const run = runWith(only(lowOf(low())));
  run.send(seconds('spo2', steady(20, 85)));
  t.same(change(run, only(lowOf(low({ threshold: 80 }))), 30), [], '11 s old');
  t.ok(run.state.live.has('spo2:low'));
  const quiet = runWith(NO_LIMITS);
  quiet.send(seconds('spo2', steady(20, 70)));
  t.same(change(quiet, only(lowOf(low({ onset_delay_ms: 0 }))), 30), []);
  const skewed = runWith(NO_LIMITS);
  skewed.send(seconds('spo2', steady(20, 70), 7_200), { received: 20_000, skew: 7_200_000 });
  t.same(
    told(change(skewed, only(lowOf(low({ onset_delay_ms: 0 }))), 21)),
    ['raised spo2 low medium 7221'],
    'by its own clock',
  );
});

t.test('the alarm of two devices ends when neither is beyond', async (t) => {
  const run = runWith(only(lowOf(low())));
  run.send(seconds('spo2', steady(20, 88)));
  run.send(seconds('spo2', steady(20, 84)), { device: OTHER });
  t.same(change(run, only(lowOf(low({ threshold: 86 }))), 20), []);
  t.same(told(change(run, only(lowOf(low({ threshold: 84 }))), 20)), ['cleared spo2 low medium 20']);
});

t.test('what was taken up after a restart ends only when its limit is switched off', async (t) => {
  const before = runWith(only(lowOf(low()), changeOf(fallBy()), combinationOf(shock())));
  before.send(
    Array.from({ length: 40 }, (_, s) => ({
      t: s * 1_000,
      spo2: s < 10 ? 97 : 85,
      pulse_rate: 130 + (s % 2),
      systolic_bp: 80,
    })),
  );
  t.same([...before.state.live.keys()].sort(), ['combination:shock', 'spo2:falling', 'spo2:low']);
  const after = runWith(before.rules.limits);
  restore(after.state, structuredClone([...before.state.live.values()]) as Alarm[]);
  expectDevice(after.state, DEVICE, 60_000);
  const milder = only(
    lowOf(low({ threshold: 70 })),
    changeOf(fallBy({ change: 20 })),
    combinationOf(shock({ onset_delay_ms: 0 })),
  );
  t.same(
    limitsChanged(after.state, null, { ...after.rules, limits: milder }, 61_000),
    [],
    'nothing was heard yet',
  );
  t.same(told(limitsChanged(after.state, milder, { ...after.rules, limits: NO_LIMITS }, 62_000)).sort(), [
    'cleared combination shock medium 62',
    'cleared spo2 falling medium 62',
    'cleared spo2 low medium 62',
  ]);
  t.equal(after.state.inherited.size, 0);
  Object.assign(after.rules, { limits: NO_LIMITS });
  after.send(seconds('spo2', steady(30, 85), 63));
  t.same(after.events, []);
});

t.test('changes are judged by the window as it is', async (t) => {
  const run = runWith(only(changeOf(fallBy())));
  run.send(seconds('spo2', [...steady(10, 97), ...steady(20, 93)]));
  t.same(told(run.events), ['raised spo2 falling medium 20']);
  t.same(told(change(run, only(changeOf(fallBy({ change: 5 }))), 30)), ['cleared spo2 falling medium 30']);
  t.same(told(change(run, only(changeOf(fallBy({ onset_delay_ms: 0 }))), 31)), [
    'raised spo2 falling medium 31',
  ]);
  t.match([...run.state.live.values()], [{ change: 4, value: 93, breached_since: 29_000 }]);
  t.same(told(change(run, only(changeOf(fallBy({ window_ms: 10_000 }))), 32)), [
    'cleared spo2 falling medium 32',
  ]);
  t.same(told(change(run, NO_LIMITS, 33)), []);
  t.equal(run.state.devices.get(DEVICE)?.vitals.spo2?.changes, null);
});

t.test('combinations are judged by the newest values, as far as they count', async (t) => {
  const run = runWith(NO_LIMITS);
  run.send([{ t: 0, systolic_bp: 90 }], { device: OTHER });
  run.send([{ t: 20_000, pulse_rate: 120 }]);
  t.same(change(run, only(combinationOf(shock())), 21), []);
  const atOnce = only(combinationOf(shock({ onset_delay_ms: 0 })));
  t.same(told(change(run, atOnce, 22)), ['raised combination shock medium 22']);
  const conditions = shock().conditions.map((of) =>
    of.vital === 'systolic_bp' ? { ...of, threshold: 85 } : of,
  );
  t.same(told(change(run, only(combinationOf(shock({ conditions }))), 23)), [
    'cleared combination shock medium 23',
  ]);
  t.same(change(run, atOnce, 31), [], 'the pulse is 11 s old');
  t.same(told(change(run, only(combinationOf(shock({ name: 'other', onset_delay_ms: 0 }))), 30)), [
    'raised combination other medium 30',
  ]);
  t.same(told(change(run, NO_LIMITS, 31)), ['cleared combination other medium 31']);
  t.equal(run.state.combinations, null);
});

t.test('however limits change, no condition has two live alarms and no id comes twice', async () => {
  const choice = fc.tuple(
    fc.constantFrom(80, 85, 90, 95),
    fc.constantFrom(0, 3_000, 15_000),
    fc.constantFrom<Limit['priority']>('medium', 'high'),
    fc.boolean(),
    fc.constantFrom(2, 4),
  );
  const limitsOf = ([threshold, onset_delay_ms, priority, off, by]: readonly [
    number,
    number,
    Limit['priority'],
    boolean,
    number,
  ]) =>
    only(
      lowOf(...(off ? [] : [low({ threshold, onset_delay_ms, priority })])),
      changeOf(fallBy({ change: by, onset_delay_ms, priority })),
    );
  const part = fc.record({
    value: fc.integer({ min: 78, max: 98 }),
    lasts: fc.integer({ min: 1, max: 20 }),
    choice,
    ack: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 20 }), (parts) => {
      const run = runWith(limitsOf([90, 15_000, 'medium', false, 4]));
      const events: AlarmEvent[] = [];
      let s = 0;
      for (const { value, lasts, choice, ack } of parts) {
        events.push(...run.send(seconds('spo2', steady(lasts, value), s)));
        s += lasts;
        events.push(...change(run, limitsOf(choice), s));
        if (!ack) continue;
        for (const { id } of [...run.state.live.values()]) {
          const event = acknowledge(run.state, id, NURSE, s * 1_000);
          if (event) events.push(event);
        }
      }
      const raised = events.filter(({ event }) => event === 'raised').map(({ alarm }) => alarm.id);
      if (new Set(raised).size !== raised.length) throw new Error(`an id came twice: ${raised.join(' ')}`);
      const live = new Map<string, string>();
      for (const { alarm } of events) {
        if (alarm.kind !== 'physiological') continue;
        const key = alarm.cause;
        if (live.has(key) && live.get(key) !== alarm.id) throw new Error(`two live alarms of ${key}`);
        if (alarm.presence === 'off') live.delete(key);
        else live.set(key, alarm.id);
      }
    }),
    { numRuns: 300 },
  );
});

t.test('changing limits to what they are changes nothing of what comes', async () => {
  const stretch = fc.tuple(fc.constantFrom(75, 85, 89, 90, 91, 97), fc.integer({ min: 1, max: 20 }));
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 12 }), (stretches) => {
      const choices = [changeOf(fallBy()), combinationOf(shock())];
      const runs = [limitsWith(choices), limitsWith(choices)].map((limits) =>
        engineRun([], 1_000, { limits }),
      );
      const [left, judged] = runs as [EngineRun, EngineRun];
      let s = 0;
      for (const [spo2, lasts] of stretches) {
        for (let i = 0; i < lasts; i++, s++) {
          const sample: Sample = { t: s * 1_000, spo2, pulse_rate: 105 + (s % 20), systolic_bp: 95 };
          left.send([sample]);
          judged.send([sample]);
          judged.events.push(...change(judged, limitsWith(choices), s));
        }
      }
      if (JSON.stringify(left.events) !== JSON.stringify(judged.events)) throw new Error('events differ');
    }),
    { numRuns: 50 },
  );
});

t.test('a device of nobody has no limits', async (t) => {
  const run = runWith(NO_LIMITS);
  const nobody = { ...run.state, patient: null };
  const arrival = { device: DEVICE, samples: seconds('spo2', [70]), received: 0, skew: 0, intervalMs: null };
  evaluateArrival(nobody, arrival, run.rules);
  t.same(
    limitsChanged(nobody, null, { ...run.rules, limits: only(lowOf(low({ onset_delay_ms: 0 }))) }, 0),
    [],
  );
});
