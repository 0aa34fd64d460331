import t from 'tap';
import {
  type News2Values,
  news2,
  onChart,
  spo2Points,
  TRIGGER_PRIORITY,
  triggerRank,
} from '../../src/alarms/news2.ts';
import { CONSCIOUSNESS_LEVELS, NEWS2_TRIGGERS, type OxygenUse } from '../../src/model/news2.ts';

/** Scores 0 in every row of both scales. */
const WELL: News2Values = {
  resp_rate: 16,
  spo2: 97,
  oxygen: 'air',
  systolic_bp: 120,
  pulse: 70,
  consciousness: 'alert',
  temperature: 37,
};

type Numeric = 'resp_rate' | 'systolic_bp' | 'pulse' | 'temperature';
/** As printed: points, from, to, step of the chart. */
type Row = readonly (readonly [points: number, from: number, to: number])[];

const PRINTED: Readonly<Record<Numeric, { readonly step: number; readonly row: Row }>> = {
  resp_rate: {
    step: 1,
    row: [
      [3, 0, 8],
      [1, 9, 11],
      [0, 12, 20],
      [2, 21, 24],
      [3, 25, 69],
    ],
  },
  systolic_bp: {
    step: 1,
    row: [
      [3, 1, 90],
      [2, 91, 100],
      [1, 101, 110],
      [0, 111, 219],
      [3, 220, 399],
    ],
  },
  pulse: {
    step: 1,
    row: [
      [3, 1, 40],
      [1, 41, 50],
      [0, 51, 90],
      [1, 91, 110],
      [2, 111, 130],
      [3, 131, 299],
    ],
  },
  temperature: {
    step: 0.1,
    row: [
      [3, 26, 35],
      [1, 35.1, 36],
      [0, 36.1, 38],
      [1, 38.1, 39],
      [2, 39.1, 45],
    ],
  },
};

for (const [name, { step, row }] of Object.entries(PRINTED)) {
  const parameter = name as Numeric;
  t.test(`${parameter}: every printed value of every cell`, async (t) => {
    for (const [points, from, to] of row) {
      const steps = Math.round((to - from) / step);
      for (let i = 0; i <= steps; i++) {
        const value = Math.round((from + i * step) * 10) / 10;
        const scored = news2({ ...WELL, [parameter]: value }, 1);
        if (scored.points[parameter] !== points) t.fail(`${value}`, { found: scored.points[parameter] });
        t.equal(scored.score, points, `${value}: nothing else scores`);
      }
    }
  });

  t.test(`${parameter}: between two cells the value is rounded to the chart first`, async (t) => {
    row.forEach(([lower, , to], i) => {
      const upper = row[i + 1]?.[0];
      if (upper === undefined) return;
      const points = (value: number) => news2({ ...WELL, [parameter]: value }, 1).points[parameter];
      t.equal(points(to + step * 0.49), lower, `${to + step * 0.49} is ${to}`);
      t.equal(points(to + step * 0.5), upper, `${to + step * 0.5} is the next`);
      t.equal(points(to + step * 0.51), upper);
    });
  });
}

const SPO2: readonly (readonly [scale: 1 | 2, oxygen: OxygenUse, row: Row])[] = [
  ...(['air', 'oxygen'] as const).map(
    (oxygen) =>
      [
        1,
        oxygen,
        [
          [3, 1, 91],
          [2, 92, 93],
          [1, 94, 95],
          [0, 96, 100],
        ],
      ] as const,
  ),
  [
    2,
    'air',
    [
      [3, 1, 83],
      [2, 84, 85],
      [1, 86, 87],
      [0, 88, 92],
      [0, 93, 100],
    ],
  ],
  [
    2,
    'oxygen',
    [
      [3, 1, 83],
      [2, 84, 85],
      [1, 86, 87],
      [0, 88, 92],
      [1, 93, 94],
      [2, 95, 96],
      [3, 97, 100],
    ],
  ],
];

for (const [scale, oxygen, row] of SPO2) {
  t.test(`spo2 on scale ${scale}, breathing ${oxygen}: every value of every cell`, async (t) => {
    for (const [points, from, to] of row) {
      for (let value = from; value <= to; value++) {
        const scored = news2({ ...WELL, spo2: value, oxygen }, scale);
        t.equal(scored.points.spo2, points, `${value} %`);
        t.equal(scored.score, points + (oxygen === 'oxygen' ? 2 : 0), `${value} %: nothing else scores`);
      }
      if (to < 100) {
        const next = row.find(([, start]) => start === to + 1)?.[0];
        t.equal(news2({ ...WELL, spo2: to + 0.4, oxygen }, scale).points.spo2, points, `${to + 0.4} %`);
        t.equal(news2({ ...WELL, spo2: to + 0.5, oxygen }, scale).points.spo2, next, `${to + 0.5} %`);
      }
    }
  });
}

t.test('scale 2 without knowing what is breathed is open above the target range only', async (t) => {
  t.equal(spo2Points(92, 2, null), 0);
  t.equal(spo2Points(93, 2, null), null);
  t.equal(spo2Points(83, 2, null), 3);
  t.equal(spo2Points(97, 1, null), 0);
});

t.test('decimals: half goes away from zero, whatever binary fractions make of it', async (t) => {
  t.equal(onChart('temperature', 38.05), 38.1);
  t.equal(onChart('temperature', 35.05), 35.1);
  t.equal(onChart('temperature', 38.04), 38);
  t.equal(onChart('temperature', 36.05), 36.1);
  t.equal(onChart('resp_rate', 11.5), 12);
  t.equal(onChart('resp_rate', 8.4999), 8);
  t.equal(onChart('spo2', 93.4), 93);
  t.equal(onChart('spo2', 93.5), 94);
  t.equal(onChart('pulse', 110.5), 111);
});

t.test('air scores 0, oxygen 2', async (t) => {
  t.equal(news2(WELL, 1).points.oxygen, 0);
  t.equal(news2({ ...WELL, oxygen: 'oxygen' }, 1).points.oxygen, 2);
});

t.test('alert scores 0, every other level of consciousness 3', async (t) => {
  const scored = CONSCIOUSNESS_LEVELS.map(
    (consciousness) => news2({ ...WELL, consciousness }, 1).points.consciousness,
  );
  t.same(scored, [0, 3, 3, 3, 3]);
});

/** Inputs, score and trigger. */
const AGGREGATES: readonly (readonly [Partial<News2Values>, number, string])[] = [
  [{}, 0, 'none'],
  [{ resp_rate: 10 }, 1, 'low'],
  [{ resp_rate: 22 }, 2, 'low'],
  [{ resp_rate: 22, pulse: 95 }, 3, 'low'],
  [{ resp_rate: 22, pulse: 115 }, 4, 'low'],
  [{ resp_rate: 25 }, 3, 'single_parameter'],
  [{ spo2: 91 }, 3, 'single_parameter'],
  [{ systolic_bp: 90 }, 3, 'single_parameter'],
  [{ systolic_bp: 220 }, 3, 'single_parameter'],
  [{ pulse: 131 }, 3, 'single_parameter'],
  [{ temperature: 35 }, 3, 'single_parameter'],
  [{ consciousness: 'confused' }, 3, 'single_parameter'],
  [{ consciousness: 'confused', pulse: 95 }, 4, 'single_parameter'],
  [{ consciousness: 'confused', pulse: 115 }, 5, 'urgent'],
  [{ resp_rate: 22, pulse: 115, temperature: 38.5 }, 5, 'urgent'],
  [{ resp_rate: 22, pulse: 115, temperature: 39.1 }, 6, 'urgent'],
  [{ resp_rate: 25, pulse: 131 }, 6, 'urgent'],
  [{ resp_rate: 22, pulse: 115, temperature: 39.1, spo2: 95 }, 7, 'emergency'],
  [{ resp_rate: 25, pulse: 131, temperature: 38.5 }, 7, 'emergency'],
  // Everything at its worst: 20 is the most there is.
  [
    {
      resp_rate: 28,
      spo2: 90,
      oxygen: 'oxygen',
      systolic_bp: 88,
      pulse: 35,
      consciousness: 'confused',
      temperature: 34.5,
    },
    20,
    'emergency',
  ],
];

t.test('aggregate scores and their triggers', async (t) => {
  for (const [values, score, trigger] of AGGREGATES)
    t.match(news2({ ...WELL, ...values }, 1), { score, trigger }, JSON.stringify(values));
});

t.test(
  'a person with COPD at 90 % is well on scale 2 and not on scale 1; at 98 % on oxygen the reverse',
  async (t) => {
    t.match(news2({ ...WELL, spo2: 90 }, 1), { score: 3, trigger: 'single_parameter' });
    t.match(news2({ ...WELL, spo2: 90 }, 2), { score: 0, trigger: 'none' });
    t.match(news2({ ...WELL, spo2: 98, oxygen: 'oxygen' }, 1), { score: 2, trigger: 'low' });
    t.match(news2({ ...WELL, spo2: 98, oxygen: 'oxygen' }, 2), { score: 5, trigger: 'urgent' });
  },
);

t.test('triggers rank as the chart has them, and only the upper three alarm', async (t) => {
  t.same(NEWS2_TRIGGERS.map(triggerRank), [0, 1, 2, 3, 4]);
  t.same(
    NEWS2_TRIGGERS.map((trigger) => TRIGGER_PRIORITY[trigger]),
    [null, null, 'low', 'medium', 'high'],
  );
});
