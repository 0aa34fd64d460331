import fc from 'fast-check';
import t from 'tap';
import { isQuietSample } from '../../src/alarms/quiet-sample.ts';
import { recordOf } from '../../src/alarms/state-record.ts';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { effectiveLimits } from '../../src/model/effective-limits.ts';
import type { Sample } from '../../src/model/sample.ts';
import type { Vital } from '../../src/model/vital.ts';
import { AlarmScenario, type Happening, happening, SCENARIO_LIMITS } from '../support/alarm-scenario.ts';
import { PATIENT, WARD } from '../support/engine-run.ts';

const DEFAULTS = effectiveLimits(DEFAULT_LIMITS, [], PATIENT, WARD);
/** Closer to what is usual, and in an odd order: what is inside the mildest tier may be beyond the urgent one. */
const NARROW = effectiveLimits(
  DEFAULT_LIMITS.map((limit) => {
    if (limit.vital !== 'heart_rate') return limit;
    const threshold = limit.direction === 'high' ? 79 : limit.priority === 'high' ? 75 : 71;
    return { ...limit, threshold, onset_delay_ms: 2_000 };
  }),
  [],
  PATIENT,
  WARD,
);

const usual: readonly (readonly [Vital, number])[] = [
  ['heart_rate', 75],
  ['resp_rate', 14],
  ['spo2', 97],
  ['skin_temp', 33],
  ['body_temp', 36.6],
];
/** Mostly as it was, now and then beyond a limit or within its margin. */
const deviation = fc.oneof(
  { weight: 300, arbitrary: fc.constantFrom(0, 0, 1, -1, 2) },
  { weight: 1, arbitrary: fc.constantFrom(-25, -13, -9, -6, 11, 45, 48) },
);
const moment = fc
  .record({
    vitals: fc.oneof(
      { weight: 12, arbitrary: fc.constant(0b00111) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 0b11111 }) },
    ),
    deviations: fc.array(deviation, { minLength: 5, maxLength: 5 }),
    reversed: fc.boolean(),
    quality: fc.oneof(
      { weight: 80, arbitrary: fc.constantFrom(undefined, undefined, 'good' as const) },
      { weight: 1, arbitrary: fc.constantFrom('motion' as const, 'off_body' as const) },
    ),
    ago: fc.oneof(
      { weight: 80, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(700, 1_000, 4_000, 61_000, -70_000, -2_000) },
    ),
  })
  .map(({ vitals, deviations, reversed, quality, ago }): Sample => {
    const values = usual.flatMap(([vital, value], i) =>
      vitals & (1 << i) ? [[vital, value + (deviations[i] ?? 0)] as const] : [],
    );
    const all = Object.fromEntries(reversed ? values.toReversed() : values);
    return { t: -ago, ...all, ...(quality === undefined ? {} : { quality }) };
  });
const frame = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(moment) },
  { weight: 1, arbitrary: fc.array(moment, { minLength: 2, maxLength: 3 }) },
);
const course = fc.record({
  kind: fc.constant('course' as const),
  device: fc.constantFrom(0, 0, 0, 1),
  frames: fc.oneof(
    { weight: 6, arbitrary: fc.array(frame, { minLength: 1, maxLength: 40 }) },
    // The same for so long that a value which should vary is taken for stuck.
    {
      weight: 1,
      arbitrary: fc
        .tuple(frame, fc.integer({ min: 20, max: 70 }))
        .map(([one, times]) => Array.from({ length: times }, () => one)),
    },
  ),
  everyS: fc.constantFrom(1, 1, 1, 1, 1, 1, 5, 9, 10, 11),
  skew: fc.constantFrom(0, 0, 0, 0, 4_000, 66_000, -90_000),
  intervalMs: fc.constantFrom(null, null, 1_000, 6_000),
});
const anything: fc.Arbitrary<Happening> = fc.oneof<fc.Arbitrary<Happening>[]>(
  ...Array.from({ length: 6 }, () => course),
  happening,
  fc.constantFrom(DEFAULTS, DEFAULTS, NARROW, SCENARIO_LIMITS).map((limits) => ({ kind: 'limits', limits })),
  fc.constantFrom<Happening>(
    { kind: 'written_down' },
    { kind: 'killed' },
    { kind: 'taken_off', device: 0 },
    { kind: 'impossible', device: 0, vital: 'spo2' },
  ),
);

t.test('the short path tells and remembers what the long one does, whatever happens', async (t) => {
  let short = 0;
  let long = 0;
  const counted: typeof isQuietSample = (...of) => {
    const quiet = isQuietSample(...of);
    if (quiet) short++;
    else long++;
    return quiet;
  };
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 14 }), (happenings) => {
      const mine = new AlarmScenario({ limits: DEFAULTS, isQuiet: counted });
      const theirs = new AlarmScenario({ limits: DEFAULTS, isQuiet: () => false });
      for (const [i, one] of happenings.entries()) {
        for (const scenario of [mine, theirs]) scenario.run([one]);
        const [short, long] = [mine, theirs].map(({ events, state }) =>
          JSON.stringify({ events: events.splice(0), state: recordOf(state) }),
        );
        if (short !== long) throw new Error(`${i}: ${short}\nagainst ${long}`);
      }
    }),
    { numRuns: 300 },
  );
  t.ok(short > 1_000 && long > 1_000, `both were taken, ${short} and ${long} times`);
});

t.test(
  'the usual moment of somebody who is well takes the short path, and any doubt the long one',
  async (t) => {
    const taken: boolean[] = [];
    const scenario = new AlarmScenario({
      limits: DEFAULTS,
      isQuiet: (...of) => {
        taken.push(isQuietSample(...of));
        return taken.at(-1) === true;
      },
    });
    const send = (...samples: Omit<Sample, 't'>[]): boolean[] => {
      taken.length = 0;
      const frames = samples.map((sample) => [{ t: 0, ...sample }]);
      scenario.run([{ kind: 'course', device: 0, frames, everyS: 1, skew: 0, intervalMs: null }]);
      return taken;
    };
    const sendLate = (ago: number, skew: number): boolean[] => {
      taken.length = 0;
      const frames = [[{ t: -ago, ...well }]];
      scenario.run([{ kind: 'course', device: 0, frames, everyS: 1, skew, intervalMs: null }]);
      return taken;
    };
    const well = { heart_rate: 75, resp_rate: 14, spo2: 97 };
    t.same(send(well, well, { spo2: 96, resp_rate: 13, heart_rate: 76, quality: 'good' }), [
      false,
      true,
      true,
    ]);
    t.same(send({ ...well, heart_rate: 53 }), [true], 'inside by the margin');
    t.same(send({ ...well, heart_rate: 52 }), [false], 'on the way to the limit');
    t.same(
      send({ ...well, heart_rate: 53 }, well),
      [false, true],
      'what was not at rest is, from the next on',
    );
    t.same(sendLate(60_000, 60_000), [true], 'newer than what is known, and not yet back-fill');
    t.same(sendLate(60_001, 60_001), [false], 'back-fill');
    t.same(send({ ...well, quality: 'motion' }, well), [false, false], 'its end is to be noted');
    t.same(send({ ...well, body_temp: 36.6 }), [false], 'never seen before');
  },
);
