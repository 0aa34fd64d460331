import fc from 'fast-check';
import t from 'tap';
import { checkSamples } from '../../src/ingest/sample-check.ts';
import { QUALITIES } from '../../src/model/sample.ts';
import { isPossible, VITAL_NAMES } from '../../src/model/vital.ts';
import type { RejectCode } from '../../src/protocol/reject-codes.ts';
import { CLOCK_START as NOW } from '../support/manual-clock.ts';

const DAY_MS = 86_400_000;
const RETENTION_MS = 30 * DAY_MS;
const check = (...raw: unknown[]) => checkSamples(raw, NOW, RETENTION_MS);

const WRONG: readonly (readonly [raw: unknown, code: RejectCode, message: RegExp])[] = [
  [null, 'invalid_sample', /object/],
  [7, 'invalid_sample', /object/],
  [[], 'invalid_sample', /object/],
  ['x', 'invalid_sample', /object/],
  [{}, 'invalid_sample', /^t /],
  [{ heart_rate: 70 }, 'invalid_sample', /^t /],
  [{ t: '1', heart_rate: 70 }, 'invalid_sample', /^t /],
  [{ t: NOW + 0.5, heart_rate: 70 }, 'invalid_sample', /^t /],
  [{ t: -1, heart_rate: 70 }, 'invalid_sample', /^t /],
  [{ t: 2 ** 53, heart_rate: 70 }, 'invalid_sample', /^t /],
  [{ t: NOW }, 'invalid_sample', /at least one vital/],
  [{ t: NOW, quality: 'good' }, 'invalid_sample', /at least one vital/],
  [{ t: NOW, heart_rate: 70, quality: 'superb' }, 'invalid_sample', /quality is one of good, motion/],
  [{ t: NOW, heart_rate: '70' }, 'invalid_sample', /heart_rate is a number/],
  [{ t: NOW, heart_rate: null }, 'invalid_sample', /heart_rate is a number/],
  [{ t: NOW, heart_rate: {} }, 'invalid_sample', /heart_rate is a number/],
  [{ t: NOW, heart_rate: 70, pulse: 70 }, 'unknown_vital', /"pulse"/],
  [{ t: NOW, constructor: 1 }, 'unknown_vital', /"constructor"/],
  [JSON.parse(`{"t":${NOW},"heart_rate":70,"__proto__":{"spo2":3}}`), 'unknown_vital', /"__proto__"/],
  [{ t: NOW, spo2: 140 }, 'impossible_value', /spo2 140 .*>0 and <=100 %/],
  [{ t: NOW, heart_rate: 0 }, 'impossible_value', /heart_rate 0 /],
  [{ t: NOW, heart_rate: 300 }, 'impossible_value', /heart_rate 300 /],
  [{ t: NOW, heart_rate: Number.NaN }, 'impossible_value', /heart_rate NaN /],
  [{ t: NOW, steps: Number.POSITIVE_INFINITY }, 'impossible_value', /steps Infinity /],
  [{ t: NOW + DAY_MS + 1, heart_rate: 70 }, 'time_ahead', new RegExp(`${NOW + DAY_MS + 1}`)],
  [{ t: NOW - RETENTION_MS - 1, heart_rate: 70 }, 'time_expired', /30 days/],
];

t.test('what is wrong is refused with its code and a message that names it', async (t) => {
  for (const [raw, code, message] of WRONG) {
    const checked = check(raw);
    t.match(checked, { samples: [], rejections: [{ code, message, samples: [0] }] }, JSON.stringify(raw));
    t.equal(checked.rejections.length, 1);
  }
});

t.test(
  'of a sample with an impossible value the possible vitals remain, with time and quality',
  async (t) => {
    t.same(check({ t: NOW, spo2: 140, heart_rate: 30, quality: 'motion' }, { t: NOW, spo2: 0 }).remainders, [
      { t: NOW, heart_rate: 30, quality: 'motion' },
    ]);
  },
);

t.test('what is at the edge is taken', async (t) => {
  const edge = [
    { t: NOW + DAY_MS, heart_rate: 70 },
    { t: NOW - RETENTION_MS, heart_rate: 70 },
    { t: NOW, spo2: 100 },
    { t: NOW, resp_rate: 0 },
    { t: NOW, steps: 0 },
    { t: NOW, body_temp: 26 },
    { t: NOW, mean_bp: 330 },
    ...QUALITIES.map((quality) => ({ t: NOW, heart_rate: 70, quality })),
  ];
  t.same(check(...edge), { samples: edge, rejections: [], impossible: [], remainders: [] });
});

t.test('a frame may be refused for several reasons; each names its samples', async (t) => {
  const good = { t: NOW, heart_rate: 70 };
  const checked = check({ t: NOW, spo2: 140 }, good, 5, { t: NOW, spo2: 0 }, { t: NOW, x: 1 }, null, good);
  t.same(
    checked.rejections.map(({ code, samples }) => [code, samples]),
    [
      ['impossible_value', [0, 3]],
      ['invalid_sample', [2, 5]],
      ['unknown_vital', [4]],
    ],
  );
  t.same(checked.samples, [good, good]);
});

t.test('impossible values are told, so that the measurement is known to be at fault', async (t) => {
  t.same(check({ t: NOW, spo2: 140, heart_rate: 70 }, { t: NOW - 5, heart_rate: 999 }).impossible, [
    { vital: 'spo2', t: NOW },
    { vital: 'heart_rate', t: NOW - 5 },
  ]);
  t.same(
    check({ t: NOW + 2 * DAY_MS, spo2: 140 }, { t: NOW, spo2: 140, mood: 1 }).impossible,
    [],
    'not of what has no time or is no sample',
  );
});

t.test('samples are handed on as they came, not copied', async (t) => {
  const raw = { t: NOW, heart_rate: 70 };
  t.equal(check(raw).samples[0], raw);
});

t.test('every sample is either taken or refused once, whatever it is', async (t) => {
  const value = fc.oneof(fc.double(), fc.integer({ min: -10, max: 400 }), fc.string(), fc.constant(null));
  const object = fc.dictionary(fc.oneof(fc.constantFrom('t', 'quality', ...VITAL_NAMES), fc.string()), value);
  const timed = object.map((of) => ({ ...of, t: NOW }));
  fc.assert(
    fc.property(fc.array(fc.oneof(object, timed, fc.anything()), { maxLength: 20 }), (raw) => {
      const { samples, rejections } = checkSamples(raw, NOW, RETENTION_MS);
      const refused = rejections.flatMap((rejection) => rejection.samples);
      t.same(
        refused.toSorted((a, b) => a - b),
        raw.flatMap((one, index) => (samples.includes(one as never) ? [] : [index])),
      );
      t.equal(new Set(refused).size, refused.length);
      for (const sample of samples)
        for (const vital of VITAL_NAMES) {
          const taken = sample[vital];
          if (taken !== undefined) t.ok(isPossible(vital, taken));
        }
    }),
    { numRuns: 200 },
  );
});
