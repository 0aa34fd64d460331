import fc from 'fast-check';
import t from 'tap';
import { Backtest, type BacktestPlan } from '../../src/alarms/backtest.ts';
import { LimitsRun } from '../../src/alarms/limits-run.ts';
import { type AlarmEvent, conditionKey } from '../../src/model/alarm.ts';
import { type BacktestReport, DEFAULT_EPISODES } from '../../src/model/backtest.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { type EffectiveLimits, effectiveLimits } from '../../src/model/effective-limits.ts';
import { deviceId, MANUAL_DEVICE } from '../../src/model/ids.ts';
import type { Limit } from '../../src/model/limit.ts';
import type { DeviceMoments } from '../../src/model/moments.ts';
import type { Sample } from '../../src/model/sample.ts';
import { DEVICE, engineRun, PATIENT, seconds, steady, WARD } from '../support/engine-run.ts';
import { fallBy, limitsWith, shock } from '../support/limit-choices.ts';
import { momentsOf } from '../support/moments.ts';
import { numericRecordings, readNumerics, recordingsDirectory } from '../support/recordings.ts';

const DEFAULTS = effectiveLimits(DEFAULT_LIMITS, [], PATIENT, WARD);
const OTHER = deviceId('d-2');
const END = 100_000_000;

/** The default limits with the SpO2 low tiers set to these. */
function withSpo2(...tiers: Partial<Limit>[]): EffectiveLimits {
  const built = DEFAULT_LIMITS.filter(({ vital }) => vital === 'spo2');
  const others = DEFAULT_LIMITS.filter(({ vital }) => vital !== 'spo2');
  const chosen = tiers.map((tier, i) => ({ ...built[i]!, ...tier }));
  return effectiveLimits([...others, ...chosen], [], PATIENT, WARD);
}

function backtest(
  moments: readonly DeviceMoments[],
  proposed: EffectiveLimits = DEFAULTS,
  more: Partial<BacktestPlan> = {},
): BacktestReport {
  const plan = { patient: PATIENT, from: 0, to: END, today: DEFAULTS, proposed };
  const test = new Backtest({ ...plan, episodes: DEFAULT_EPISODES, devices: [], ...more });
  test.take(moments);
  return test.report();
}

const spo2 = (values: readonly number[], fromS = 0): DeviceMoments =>
  momentsOf(seconds('spo2', values, fromS), DEVICE);

t.test('alarms are counted by priority, by target, by the day, and with how long they lasted', async (t) => {
  const values = [
    ...[...steady(30, 97), ...steady(60, 85), ...steady(30, 97)],
    ...[...steady(20, 75), ...steady(30, 97), ...steady(30, 86)],
  ];
  const { moments, monitored_s, today } = backtest([spo2(values)]);
  t.equal(moments, 200);
  t.equal(monitored_s, 199);
  t.match(today, {
    raised: 3,
    cleared: 2,
    latched: 1,
    by_priority: { low: 0, medium: 2, high: 1 },
    // 85 from 30 s alarms at 45 and ends at 95; 75 from 120 alarms at once and ends at 145; 86 from 170 alarms at 185.
    median_s: 25,
    longest_s: 50,
    targets: { 'spo2:low': { raised: 3 } },
  });
  t.equal(today.a_patient_day?.medium, (2 * 86_400) / 199);
  t.strictSame(Object.keys(today.targets), ['spo2:low']);
});

t.test('nothing measured gives no figures a day, and no alarms', async (t) => {
  const { today, proposed, only, episodes } = backtest([]);
  t.match(today, { raised: 0, a_patient_day: null, median_s: null, longest_s: null, targets: {} });
  t.strictSame(proposed, today);
  t.match(only, { today: { count: 0 }, proposed: { count: 0 } });
  t.ok(episodes.every(({ found }) => found === 0));
});

t.test(
  'the return of what had latched is a new alarm, with the priority that it reaches itself',
  async (t) => {
    const values = [...steady(20, 75), ...steady(30, 97), ...steady(40, 88), ...steady(30, 97)];
    const { today, only } = backtest([spo2(values)], withSpo2());
    t.match(today, { raised: 2, cleared: 2, latched: 1, by_priority: { medium: 1, high: 1 } });
    t.strictSame(
      only.today.alarms.map(({ id, target, priority, onset, ended }) => [id, target, priority, onset, ended]),
      [
        ['p-1:spo2:low:0', 'spo2:low', 'high', 0, 25_000],
        ['p-1:spo2:low:65000', 'spo2:low', 'medium', 65_000, 95_000],
      ],
    );
  },
);

t.test('alarms of one of the two are those the other has none of at that time', async (t) => {
  const values = [
    ...steady(60, 97),
    ...steady(30, 88),
    ...steady(60, 97),
    ...steady(120, 84),
    ...steady(30, 97),
  ];
  const { only, today, proposed } = backtest(
    [spo2(values)],
    withSpo2({ threshold: 85, onset_delay_ms: 60_000 }),
  );
  t.equal(today.raised, 2);
  t.equal(proposed.raised, 1, 'later, and of the same episode');
  t.match(only, { today: { count: 1, alarms: [{ onset: 75_000 }] }, proposed: { count: 0, alarms: [] } });
  const back = backtest([spo2(values)], DEFAULTS, {
    today: withSpo2({ threshold: 85, onset_delay_ms: 60_000 }),
  });
  t.match(back.only, { today: { count: 0 }, proposed: { count: 1, alarms: [{ onset: 75_000 }] } });
});

t.test('counts are exact where lists are cut', async (t) => {
  const wave = Array.from({ length: 250 }, () => [...steady(20, 85), ...steady(20, 97)]).flat();
  const { only, today } = backtest([spo2(wave)], withSpo2());
  t.equal(today.raised, 250);
  t.equal(only.today.count, 250);
  t.equal(only.today.alarms.length, 200);
});

t.test('episodes without an alarm are found, whichever limits miss them', async (t) => {
  const below = { vital: 'spo2', direction: 'low', beyond: 88, longer_than_s: 60 } as const;
  const values = [
    ...[...steady(30, 97), ...steady(61, 87), ...steady(30, 97)],
    ...[...steady(30, 97), ...steady(60, 80), ...steady(30, 97)],
    ...[...steady(30, 97), ...steady(70, 84), 81, ...steady(30, 97)],
  ];
  const laxer = withSpo2({ threshold: 85 });
  const { episodes, missed } = backtest([spo2(values)], laxer, { episodes: [below] });
  t.strictSame(episodes, [{ ...below, found: 2, missed: { today: 0, proposed: 1 } }], '59 s are too short');
  const place = { device: DEVICE, vital: 'spo2', direction: 'low', beyond: 88 };
  t.strictSame(missed, [
    {
      ...place,
      from: 30_000,
      until: 90_000,
      lasted_s: 60,
      worst: 87,
      alarmed: { today: true, proposed: false },
    },
  ]);
  const off = backtest([spo2(values)], DEFAULTS, { episodes: [below], today: withSpo2() });
  t.strictSame(off.episodes[0]?.missed, { today: 2, proposed: 0 });
  t.match(off.missed[1], { lasted_s: 70, worst: 81, alarmed: { today: false, proposed: true } });
});

t.test('an episode holds trusted values only, and a silence cuts it', async (t) => {
  const below = { vital: 'spo2', direction: 'low', beyond: 88, longer_than_s: 60 } as const;
  const found = (samples: readonly Sample[]) =>
    backtest([momentsOf(samples, DEVICE)], DEFAULTS, { episodes: [below] }).episodes[0]?.found;
  const [first, second] = [seconds('spo2', steady(40, 85)), seconds('spo2', steady(40, 85), 49)];
  t.equal(found([...first, ...second]), 1, 'within the silence limit');
  t.equal(found([...first, ...seconds('spo2', steady(40, 85), 50)]), 0, 'longer than that');
  const motion = seconds('spo2', steady(90, 85)).map((sample) => ({ ...sample, quality: 'motion' as const }));
  t.equal(found(motion), 0);
  t.equal(
    found([...first, ...motion.slice(40, 49).map((m) => ({ ...m, spo2: 97 })), ...second]),
    1,
    'what is not trusted does not end it either',
  );
  t.equal(found(first), 0, 'too short at the end of the history');
  t.equal(found([...first, ...seconds('spo2', steady(21, 85), 40)]), 1, 'the end of the history ends it');
});

t.test('devices are evaluated by themselves, in the order of time', async (t) => {
  const low = momentsOf(seconds('spo2', steady(60, 85)), DEVICE);
  const good = momentsOf(
    seconds('spo2', steady(120, 97)).map(({ t, ...values }) => ({ t: t + 300, ...values })),
    OTHER,
  );
  t.match(backtest([low, good]).today, { raised: 1, cleared: 0 });
  const worn = [{ device: DEVICE, intervalMs: 1_000, takenOff: [90_000] }];
  const { today } = backtest([low, good], DEFAULTS, { devices: worn });
  t.match(today, { raised: 1, cleared: 1, longest_s: 75 }, 'a device that is taken off holds nothing');
});

t.test('values entered by hand raise nothing and are no episode', async (t) => {
  const manual = momentsOf(seconds('spo2', steady(120, 70)), MANUAL_DEVICE);
  const { today, episodes, moments, monitored_s } = backtest([manual]);
  t.equal(moments, 120);
  t.equal(monitored_s, 0);
  t.equal(today.raised, 0);
  t.ok(episodes.every(({ found }) => found === 0));
});

t.test(
  'limits of change and combinations are evaluated, with values entered by hand among them',
  async (t) => {
    const proposed = limitsWith([
      { kind: 'change', vital: 'spo2', course: 'falling', tiers: [fallBy()] },
      { kind: 'combination', name: 'shock', tiers: [shock()] },
    ]);
    const samples = seconds('spo2', [...steady(60, 98), ...steady(60, 93)]).map((sample) => ({
      ...sample,
      pulse_rate: 125,
    }));
    const pressure = momentsOf([{ t: 60_000, systolic_bp: 90 }], MANUAL_DEVICE);
    const { only } = backtest([momentsOf(samples, DEVICE), pressure], proposed);
    t.strictSame(
      only.proposed.alarms.map(({ id }) => id),
      ['p-1:spo2:falling:70000', 'p-1:combination:shock:70000'],
    );
    const without = backtest([momentsOf(samples, DEVICE)], proposed);
    t.strictSame(Object.keys(without.proposed.targets), ['spo2:falling']);
  },
);

t.test('the episodes looked for by default are a minute beyond the built-in high tiers', async (t) => {
  t.strictSame(
    DEFAULT_EPISODES.map(({ vital, direction, beyond }) => `${vital} ${direction} ${beyond}`).sort(),
    [
      ...['glucose high 250', 'glucose low 54', 'heart_rate high 150', 'heart_rate low 40'],
      ...[
        'resp_rate high 30',
        'resp_rate low 5',
        'spo2 low 80',
        'systolic_bp high 200',
        'systolic_bp low 70',
      ],
    ],
  );
  t.ok(DEFAULT_EPISODES.every(({ longer_than_s }) => longer_than_s === 60));
});

/** The default limits, a fall of high priority, which latches, and two vitals together. */
const EVERY_KIND = limitsWith([
  {
    kind: 'change',
    vital: 'spo2',
    course: 'falling',
    tiers: [fallBy({ priority: 'high', onset_delay_ms: 0 })],
  },
  {
    kind: 'combination',
    name: 'shock',
    tiers: [
      shock({
        priority: 'high',
        conditions: [
          { vital: 'spo2', direction: 'low', threshold: 90, clear_margin: 1 },
          { vital: 'heart_rate', direction: 'high', threshold: 100, clear_margin: 3 },
        ],
      }),
    ],
  },
]);

/** Of each time that a condition alarmed and was over, what it is about and when. A return counts as anew. */
function liveAlarms(events: readonly AlarmEvent[]): string[] {
  const alarms: { target: string; onset: number; ended: number | null }[] = [];
  for (const { event, at, alarm } of events) {
    if (alarm.kind !== 'physiological' || alarm.retrospective) continue;
    const target = conditionKey(alarm);
    if (event === 'raised' || event === 'recurred') alarms.push({ target, onset: at, ended: null });
    const last = alarms.findLast((one) => one.target === target);
    if (last && (event === 'latched' || event === 'cleared')) last.ended = at;
  }
  return alarms.map(({ target, onset, ended }) => `${target} ${onset} ${ended}`).sort();
}

function backtestedAlarms(samples: readonly Sample[]): string[] {
  const run = new LimitsRun(PATIENT, EVERY_KIND);
  for (const sample of samples)
    run.evaluate({ device: DEVICE, samples: [sample], received: sample.t, skew: 0, intervalMs: null });
  return [...run.alarms.values()]
    .flat()
    .map(({ target, onset, ended }) => `${target} ${onset} ${ended}`)
    .sort();
}

/** Asserts that the limits in force give over history what they gave live. */
function sameAsLive(samples: readonly Sample[], name: string): BacktestReport {
  const run = engineRun(DEFAULT_LIMITS, null, { limits: EVERY_KIND });
  for (const sample of samples) run.send([sample]);
  const live = liveAlarms(run.events);
  const again = backtestedAlarms(samples);
  if (JSON.stringify(live) !== JSON.stringify(again))
    throw new Error(`${name}: live ${JSON.stringify(live)}\nback-test ${JSON.stringify(again)}`);
  const report = backtest([momentsOf(samples, DEVICE)], EVERY_KIND, { today: EVERY_KIND });
  if (report.today.raised !== live.length) throw new Error(`${name}: ${report.today.raised} alarms`);
  if (JSON.stringify(report.today) !== JSON.stringify(report.proposed) || report.only.today.count > 0)
    throw new Error(`${name}: the same limits differ`);
  return report;
}

const stretch = fc.record({
  heart_rate: fc.constantFrom(undefined, 35, 39, 40, 45, 49, 50, 53, 70, 120, 121, 151),
  spo2: fc.constantFrom(undefined, 75, 79, 80, 85, 89, 90, 91, 97),
  quality: fc.constantFrom(undefined, undefined, undefined, 'motion' as const),
  lasts: fc.integer({ min: 1, max: 80 }),
  pause: fc.integer({ min: 1, max: 14 }),
});

type Stretch = typeof stretch extends fc.Arbitrary<infer T> ? T : never;

function walk(stretches: readonly Stretch[]): Sample[] {
  const samples: Sample[] = [];
  let t = 1_000_000;
  for (const { lasts, pause, ...moment } of stretches) {
    const present = Object.fromEntries(Object.entries(moment).filter(([, value]) => value !== undefined));
    for (let i = 0; i < lasts; i++) {
      if (moment.heart_rate !== undefined || moment.spo2 !== undefined) samples.push({ t, ...present });
      t += i === lasts - 1 ? pause * 1_000 : 1_000;
    }
  }
  return samples;
}

t.test('back-testing the limits in force gives the alarms that the live engine gave', async (t) => {
  const targets = new Set<string>();
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 15 }), (stretches) => {
      for (const target of Object.keys(sameAsLive(walk(stretches), 'generated').today.targets))
        targets.add(target);
    }),
    { numRuns: 150 },
  );
  for (const target of ['spo2:low', 'spo2:falling', 'combination:shock']) t.ok(targets.has(target), target);
});

t.test('into which stretches the history is cut changes nothing', async (t) => {
  fc.assert(
    fc.property(
      fc.array(stretch, { minLength: 1, maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }),
      (stretches, cuts) => {
        const samples = walk(stretches);
        const whole = backtest([momentsOf(samples, DEVICE)], withSpo2({ threshold: 86 }));
        const plan = {
          patient: PATIENT,
          from: 0,
          to: END,
          today: DEFAULTS,
          proposed: withSpo2({ threshold: 86 }),
        };
        const cut = new Backtest({ ...plan, episodes: DEFAULT_EPISODES, devices: [] });
        for (let at = 0, i = 0; at < samples.length; i++) {
          const size = cuts[i % cuts.length]!;
          cut.take([momentsOf(samples.slice(at, at + size), DEVICE)]);
          at += size;
        }
        t.strictSame(cut.report(), whole);
      },
    ),
    { numRuns: 40 },
  );
});

const directory = recordingsDirectory();
t.test(
  'recordings give over history what they gave live',
  { skip: directory ? false : 'no recordings: ../shared/data' },
  async (t) => {
    let raised = 0;
    for (const path of directory ? numericRecordings(directory) : [])
      raised += sameAsLive(readNumerics(path, 100_000), path.slice(path.lastIndexOf('/') + 1)).today.raised;
    t.ok(raised > 10, `${raised} alarms`);
  },
);
