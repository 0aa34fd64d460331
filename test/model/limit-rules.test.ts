import t from 'tap';
import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { patientId, wardId } from '../../src/model/ids.ts';
import type { Limit } from '../../src/model/limit.ts';
import { checkLimitOrder } from '../../src/model/limit-order.ts';
import type { LimitOverride, LimitScope } from '../../src/model/limit-override.ts';
import { checkLimitChoice } from '../../src/model/limit-rules.ts';
import { limitTargetOf } from '../../src/model/limit-target.ts';
import { limitChoiceOf } from '../../src/registry/limit-checks.ts';

const DELAYS = { onset_delay_ms: 10_000, clear_delay_ms: 5_000 };
type Bare = Readonly<Record<string, unknown>>;

const value = (threshold: number, more: Bare = {}): Bare => ({
  ...{ priority: 'medium', threshold, clear_margin: 1, ...DELAYS },
  ...more,
});
const change = (by: number, more: Bare = {}): Bare => ({
  ...{ priority: 'medium', change: by, window_ms: 60_000, clear_margin: 1, ...DELAYS },
  ...more,
});
const beyond = (vital: string, direction: string, threshold: number, clear_margin = 1): Bare => ({
  ...{ vital, direction, threshold, clear_margin },
});
const PULSE = beyond('pulse_rate', 'high', 110);
const PRESSURE = beyond('systolic_bp', 'low', 100);
const together = (conditions: readonly Bare[], more: Bare = {}): Bare => ({
  ...{ priority: 'medium', conditions, ...DELAYS },
  ...more,
});
const HIGH = { priority: 'high' };

const ALLOWED: Readonly<Record<string, readonly [target: string, tiers: readonly Bare[] | null]>> = {
  'not chosen': ['spo2:low', null],
  'switched off': ['spo2:low', []],
  'one tier': ['spo2:low', [value(88, HIGH)]],
  'three tiers, in any order': ['spo2:low', [value(80, HIGH), value(92, { priority: 'low' }), value(88)]],
  'high tiers further up': ['heart_rate:high', [value(120), value(150, HIGH)]],
  'no delay, no margin': ['spo2:low', [value(88, { onset_delay_ms: 0, clear_delay_ms: 0, clear_margin: 0 })]],
  'the longest delays': ['spo2:low', [value(88, { onset_delay_ms: 600_000, clear_delay_ms: 600_000 })]],
  'a margin up to the last possible value': ['spo2:low', [value(99)]],
  'steps, which have no upper bound': ['steps:high', [value(1e6)]],
  apnoea: ['resp_rate:low', [value(1)]],
  'a fall': ['spo2:falling', [change(4), change(8, HIGH)]],
  'the shortest window': ['spo2:falling', [change(4, { window_ms: 10_000 })]],
  'the longest window': ['spo2:falling', [change(4, { window_ms: 1_800_000 })]],
  'steps rising': ['steps:rising', [change(100)]],
  'a combination': ['combination:shock', [together([PULSE, PRESSURE])]],
  'a combination of five': [
    'combination:all_of_5',
    [
      together([
        PULSE,
        PRESSURE,
        beyond('spo2', 'low', 90),
        beyond('resp_rate', 'high', 24),
        beyond('body_temp', 'high', 38),
      ]),
    ],
  ],
  'a worse combination, further out in one of its vitals': [
    'combination:shock',
    [together([PULSE, PRESSURE]), together([PULSE, beyond('systolic_bp', 'low', 90)], HIGH)],
  ],
};

const REFUSED: Readonly<Record<string, readonly [target: string, tiers: readonly Bare[], message: RegExp]>> =
  {
    'skin temperature': ['skin_temp:high', [value(39)], /never alarmed as core temperature: .* body_temp/],
    'a change of skin temperature': ['skin_temp:rising', [change(2)], /never alarmed as core temperature/],
    'skin temperature in a combination': [
      'combination:hot',
      [together([PULSE, beyond('skin_temp', 'high', 39)])],
      /medium.conditions.vital skin_temp is never alarmed/,
    ],
    'a threshold that is no value': ['spo2:low', [value(101)], /medium.threshold 101 can not be .*<=100 %/],
    'a threshold of 0 where 0 is impossible': ['heart_rate:low', [value(0)], /threshold 0 can not be/],
    'nothing is below the last value': ['resp_rate:low', [value(0)], /threshold 0 .* nothing is ever beyond/],
    'nothing is above the last value': ['spo2:high', [value(100)], /threshold 100 .* nothing is ever beyond/],
    'a worse tier further in': [
      'spo2:low',
      [value(88), value(90, HIGH)],
      /high.threshold 90 is not below 88/,
    ],
    'a worse tier at the same place': [
      'spo2:low',
      [value(88), value(88, HIGH)],
      /high.threshold 88 is not below/,
    ],
    'a worse high tier further in': [
      'heart_rate:high',
      [value(120), value(110, HIGH)],
      /high.threshold 110 is not above 120, that of medium: a worse tier lies further out/,
    ],
    'an onset delay above 10 min': [
      'spo2:low',
      [value(88, { onset_delay_ms: 600_001 })],
      /medium.onset_delay_ms 600001 is no delay: choose 0 to 600000 ms/,
    ],
    'a clear delay above 10 min': [
      'spo2:falling',
      [change(4, { clear_delay_ms: 600_001 })],
      /medium.clear_delay_ms 600001/,
    ],
    'a margin that lets it never clear': [
      'spo2:low',
      [value(90, { clear_margin: 11 })],
      /clear_margin 11 asks for/,
    ],
    'the same of a worse tier': [
      'spo2:low',
      [value(90), value(80, { ...HIGH, clear_margin: 11 })],
      /high.clear_margin 11 asks for spo2 101 to clear/,
    ],
    'no change': ['spo2:falling', [change(0, { clear_margin: 0 })], /medium.change 0 can not be/],
    'a change over all that is possible': ['spo2:falling', [change(100)], /medium.change 100 .*below 100/],
    'a window under 10 s': ['spo2:falling', [change(4, { window_ms: 9_999 })], /window_ms 9999 is no window/],
    'a window above 30 min': ['spo2:falling', [change(4, { window_ms: 1_800_001 })], /window_ms 1800001/],
    'two windows': [
      'spo2:falling',
      [change(4), change(8, { ...HIGH, window_ms: 30_000 })],
      /high.window_ms 30000 is not 60000, that of medium/,
    ],
    'a worse change that is no larger': [
      'spo2:falling',
      [change(4), change(4, HIGH)],
      /high.change 4 is not more than 4, that of medium/,
    ],
    'a margin as large as the change': [
      'spo2:falling',
      [change(4, { clear_margin: 4 })],
      /clear_margin 4 is no margin: choose 0 or more and less than 4/,
    ],
    'a combination of one': ['combination:one', [together([PULSE])], /conditions \(1\) .*2 to 5/],
    'a combination of six': [
      'combination:six',
      [
        together([
          ...[PULSE, PRESSURE, beyond('spo2', 'low', 90), beyond('resp_rate', 'high', 24)],
          ...[beyond('body_temp', 'high', 38), beyond('glucose', 'low', 70)],
        ]),
      ],
      /conditions \(6\)/,
    ],
    'one vital twice': [
      'combination:twice',
      [together([PULSE, beyond('pulse_rate', 'low', 40)])],
      /pulse_rate, pulse_rate name a vital twice/,
    ],
    'other vitals in a worse tier': [
      'combination:shock',
      [together([PULSE, PRESSURE]), together([PULSE, beyond('mean_bp', 'low', 60)], HIGH)],
      /high.conditions pulse_rate, mean_bp are not those of medium/,
    ],
    'another order in a worse tier': [
      'combination:shock',
      [together([PULSE, PRESSURE]), together([PRESSURE, PULSE], HIGH)],
      /in the same order/,
    ],
    'another direction in a worse tier': [
      'combination:shock',
      [together([PULSE, PRESSURE]), together([PULSE, beyond('systolic_bp', 'high', 160)], HIGH)],
      /are not those of medium/,
    ],
    'fewer vitals in a worse tier': [
      'combination:shock',
      [together([PULSE, PRESSURE, beyond('spo2', 'low', 90)]), together([PULSE, PRESSURE], HIGH)],
      /are not those of medium/,
    ],
    'a worse combination less far out': [
      'combination:shock',
      [
        together([PULSE, PRESSURE]),
        together([beyond('pulse_rate', 'high', 100), beyond('systolic_bp', 'low', 80)], HIGH),
      ],
      /high.conditions.pulse_rate.threshold 100 is less far out than 110/,
    ],
    'a worse combination with the same thresholds': [
      'combination:shock',
      [together([PULSE, PRESSURE]), together([PULSE, PRESSURE], HIGH)],
      /have the thresholds of medium/,
    ],
    'a threshold of a combination that is no value': [
      'combination:shock',
      [together([PULSE, beyond('systolic_bp', 'low', 400)])],
      /medium.conditions.systolic_bp.threshold 400/,
    ],
    'a margin of a combination that lets it never clear': [
      'combination:shock',
      [together([PULSE, beyond('spo2', 'low', 95, 6)])],
      /medium.conditions.spo2.clear_margin 6 asks for spo2 101/,
    ],
  };

t.test('choices that are in order', async (t) => {
  for (const [name, [target, tiers]] of Object.entries(ALLOWED))
    t.doesNotThrow(() => checkLimitChoice(limitChoiceOf(target, tiers)), name);
});

t.test('the built-in limits are in order themselves', async (t) => {
  const targets = Map.groupBy(DEFAULT_LIMITS, ({ vital, direction }) => `${vital}:${direction}`);
  for (const [target, tiers] of targets) {
    const entry = { ...limitChoiceOf(target, tiers), scope: { kind: 'default' } } as const;
    checkLimitChoice(entry);
    checkLimitOrder(entry, { defaults: DEFAULT_LIMITS, overrides: [], wardOf: () => undefined });
  }
  t.equal(targets.size, 11);
});

t.test('choices that are not, by name of the target, the field and the cure', async (t) => {
  for (const [name, [target, tiers, message]] of Object.entries(REFUSED))
    t.throws(
      () => checkLimitChoice(limitChoiceOf(target, tiers), { kind: 'ward', ward: wardId('north') }),
      { code: 'limits_invalid', message, details: { target, scope: 'ward north', field: /\S/ } },
      name,
    );
});

t.test('what has not the structure of a choice is refused, too', async (t) => {
  for (const text of ['', 'spo2', 'spo2:', 'spo2:down', 'spo3:low', 'spo2:low:x', 'constructor:low', 'news2'])
    t.throws(() => limitTargetOf(text), { code: 'limits_invalid' }, text);
  for (const name of ['', 'A', '1a', 'a-b', 'a b', `a${'b'.repeat(32)}`])
    t.throws(() => limitTargetOf(`combination:${name}`), { code: 'limits_invalid' }, name);
  const wrong: readonly unknown[] = [
    undefined,
    'off',
    {},
    [null],
    ['medium'],
    [[]],
    [value(88, { priority: 'worst' })],
    [value(88), value(86)],
    [value(88, { threshold: '88' })],
    [value(88, { threshold: Number.NaN })],
    [value(88, { clear_margin: -1 })],
    [value(88, { onset_delay_ms: 0.5 })],
    [value(88, { clear_delay_ms: undefined })],
    [value(88, { onset_delay_s: 30 })],
    [value(88, { window_ms: 60_000 })],
  ];
  for (const tiers of wrong)
    t.throws(() => limitChoiceOf('spo2:low', tiers), { code: 'invalid_entry' }, JSON.stringify(tiers));
  for (const conditions of [
    null,
    {},
    [null],
    [{}],
    [{ ...PULSE, vital: 'mood' }],
    [{ ...PULSE, direction: 'up' }],
  ])
    t.throws(() => limitChoiceOf('combination:x', [together(conditions as never)]), {
      code: 'invalid_entry',
    });
});

const P = { p1: patientId('p1'), p2: patientId('p2'), q1: patientId('q1') };
const A = wardId('a');
const B = wardId('b');
const SCOPES = {
  all: { kind: 'default' },
  a: { kind: 'ward', ward: A },
  b: { kind: 'ward', ward: B },
  p1: { kind: 'patient', patient: P.p1 },
  p2: { kind: 'patient', patient: P.p2 },
  q1: { kind: 'patient', patient: P.q1 },
} as const satisfies Record<string, LimitScope>;
type Chosen = readonly [
  scope: keyof typeof SCOPES,
  target: string,
  threshold: number | null,
  margin?: number,
];

function chosen([scope, target, threshold, margin = 1]: Chosen): LimitOverride {
  const tiers = threshold === null ? null : [value(threshold, { clear_margin: margin })];
  return {
    ...limitChoiceOf(target, tiers),
    scope: SCOPES[scope],
    changed_by: 'c',
    changed_at: 0,
    reason: 'test',
  };
}

const builtIn = [value(60), value(100)].map(
  (tier, i) => limitChoiceOf(i ? 'pulse_rate:high' : 'pulse_rate:low', [tier]).tiers?.[0] as Limit,
);

const AMONG: Readonly<
  Record<string, readonly [before: readonly Chosen[], entry: Chosen, message: RegExp | null]>
> = {
  'low below the built-in high': [[], ['all', 'pulse_rate:low', 98], null],
  'low at the built-in high': [
    [],
    ['all', 'pulse_rate:low', 100],
    /^default, pulse_rate:low: medium.threshold 100 /,
  ],
  'high below the built-in low': [
    [],
    ['p1', 'pulse_rate:high', 55],
    /^patient p1, .* 55 is not above 60, where/,
  ],
  'the margin fits': [[], ['p1', 'pulse_rate:low', 90, 9.9], null],
  'the margin reaches the other side': [
    [],
    ['p1', 'pulse_rate:low', 90, 10],
    /medium.clear_margin 10 reaches/,
  ],
  'the other side has the margin that does not fit': [
    [['a', 'pulse_rate:high', 90, 20]],
    ['p1', 'pulse_rate:low', 75],
    /pulse_rate:high clear_margin 20 reaches over the distance of 15/,
  ],
  'another vital is no matter': [[['p1', 'heart_rate:high', 50]], ['p1', 'pulse_rate:low', 98], null],
  'another ward is no matter': [[['b', 'pulse_rate:high', 70]], ['a', 'pulse_rate:low', 98], null],
  "another ward's patient is no matter": [[['q1', 'pulse_rate:high', 70]], ['a', 'pulse_rate:low', 98], null],
  'a ward that inherits': [
    [['b', 'pulse_rate:high', 90]],
    ['all', 'pulse_rate:low', 95],
    /not below 90, where pulse_rate:high begins for ward b: .* change pulse_rate:high for ward b first/,
  ],
  'a patient that inherits, past the ward': [
    [['q1', 'pulse_rate:high', 90]],
    ['all', 'pulse_rate:low', 95],
    /begins for patient q1/,
  ],
  'a ward that has both': [
    [
      ['b', 'pulse_rate:high', 90],
      ['b', 'pulse_rate:low', 50],
    ],
    ['all', 'pulse_rate:low', 95],
    null,
  ],
  'a patient whose ward has the side': [
    [
      ['q1', 'pulse_rate:high', 90],
      ['b', 'pulse_rate:low', 50],
    ],
    ['all', 'pulse_rate:low', 95],
    null,
  ],
  'the patient takes the other side from the ward': [
    [['a', 'pulse_rate:high', 80]],
    ['p2', 'pulse_rate:low', 85],
    /not below 80/,
  ],
  'what is not chosen any more is no matter': [
    [['b', 'pulse_rate:high', null]],
    ['all', 'pulse_rate:low', 95],
    null,
  ],
  'its own former choice is no matter': [[['p1', 'pulse_rate:low', 99]], ['p1', 'pulse_rate:low', 70], null],
  'unset lets the wider one apply': [
    [
      ['all', 'pulse_rate:low', 95],
      ['p1', 'pulse_rate:low', 50],
      ['p1', 'pulse_rate:high', 90],
    ],
    ['p1', 'pulse_rate:low', null],
    /tiers unset lets 95 apply, which is not below 90/,
  ],
};

t.test('low below high, for the scope and for whoever inherits', async (t) => {
  const wardOf = (patient: string) => (patient === 'q1' ? B : A);
  for (const [name, [before, choice, message]] of Object.entries(AMONG)) {
    const entry = chosen(choice);
    const surroundings = { defaults: builtIn, overrides: before.map(chosen), wardOf };
    const check = (): void => checkLimitOrder(entry, surroundings);
    if (message === null) t.doesNotThrow(check, name);
    else t.throws(check, { code: 'limits_invalid', message }, name);
  }
});

t.test('ten thousand choices are looked through in no time', async (t) => {
  const overrides = Array.from({ length: 10_000 }, (_, i): LimitOverride => {
    const scope: LimitScope = { kind: 'patient', patient: patientId(`x${i}`) };
    return { ...chosen(['all', 'pulse_rate:high', 120]), scope };
  });
  const entry = chosen(['all', 'pulse_rate:low', 50]);
  const begin = performance.now();
  checkLimitOrder(entry, { defaults: builtIn, overrides, wardOf: () => A });
  t.ok(performance.now() - begin < 1_000);
});
