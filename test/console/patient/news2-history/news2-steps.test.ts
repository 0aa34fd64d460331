import t from 'tap';
import {
  chosenIndex,
  type News2Step,
  refreshMs,
  stepClass,
  stepHeight,
  stepRuns,
  stepText,
} from '../../../../src/console/patient/news2-history/news2-steps.ts';

const MINUTE = 60_000;

function scored(minute: number, score: number, trigger: News2Step['trigger'] = 'low'): News2Step {
  return { t: minute * MINUTE, kind: 'score', scale: 1, score, ...(trigger && { trigger }), inputs: [] };
}

function partial(minute: number, ...lacks: NonNullable<News2Step['lacks']>): News2Step {
  return { t: minute * MINUTE, kind: 'partial', scale: 1, lacks, inputs: [] };
}

const STEPS = [
  scored(10, 1),
  scored(15, 4),
  scored(20, 5, 'urgent'),
  partial(25, 'oxygen'),
  partial(30, 'oxygen', 'pulse'),
  scored(35, 0, 'none'),
];

t.test('steps of one class stand together where they are in the stretch, gaps as well', async (t) => {
  const stretch = { from: 10 * MINUTE, to: 37.5 * MINUTE };
  const runs = stepRuns({ steps: STEPS, step_ms: 5 * MINUTE }, stretch);
  const share = (ms: number): number => Math.round(ms * 1_000) / 1_000;
  t.same(
    runs.map(({ of, at, width, steps }) => [of, share(at), share(width), steps.length]),
    [
      ['low', 0, share(10 / 27.5), 2],
      ['urgent', share(10 / 27.5), share(5 / 27.5), 1],
      ['partial', share(15 / 27.5), share(10 / 27.5), 2],
      ['none', share(25 / 27.5), share(2.5 / 27.5), 1],
    ],
    'the last ends with the stretch',
  );
  t.same(stepRuns({ steps: [], step_ms: MINUTE }, stretch), []);
});

t.test('a score is as high as it is, and 0 and a gap are seen', async (t) => {
  t.same([scored(1, 20), scored(1, 10), scored(1, 0), partial(1)].map(stepHeight), [1, 0.5, 0.04, 0.2]);
  t.same([scored(1, 8, 'emergency'), partial(1), { t: 1, kind: 'off' as const }].map(stepClass), [
    ...['emergency', 'partial', 'partial'],
  ]);
});

t.test('what was chosen stays chosen while it is there; else the newest', async (t) => {
  t.equal(chosenIndex(STEPS, null), 5);
  t.equal(chosenIndex(STEPS, 20 * MINUTE), 2);
  t.equal(chosenIndex(STEPS, 21 * MINUTE), 5);
  t.equal(chosenIndex([], 20 * MINUTE), -1);
});

t.test('a step is said with its time, and with what it lacks', async (t) => {
  t.match(stepText(scored(20, 5, 'urgent'), 20 * MINUTE), /^\d\d:\d\d:\d\d: NEWS2 5, URGENT$/);
  t.match(
    stepText(partial(20, 'oxygen', 'pulse'), 20 * MINUTE),
    /: NEWS2 partial\. Lacks air or oxygen, pulse\.$/,
  );
});

t.test('what is live is asked for again a minute later, or a hundredth of the range', async (t) => {
  t.same([60 * MINUTE, 7 * 24 * 60 * MINUTE].map(refreshMs), [MINUTE, 6_048_000]);
});
