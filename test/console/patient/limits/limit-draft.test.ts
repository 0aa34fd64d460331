import fc from 'fast-check';
import t from 'tap';
import type { AnsweredTier } from '../../../../src/console/patient/limits/limit-answers.ts';
import {
  checkedLimit,
  draftOf,
  type LimitDraft,
  limitKind,
} from '../../../../src/console/patient/limits/limit-draft.ts';
import { targetName, tierText } from '../../../../src/console/patient/limits/limit-words.ts';
import { PRIORITIES } from '../../../../src/model/limit.ts';

const common = { clear_margin: 1, clear_delay_ms: 5_000 };
const spo2: readonly AnsweredTier[] = [
  { priority: 'medium', threshold: 90, onset_delay_ms: 15_000, ...common },
  { priority: 'high', threshold: 80, onset_delay_ms: 0, ...common },
];

/** A form in which one part is another. */
function changed(part: Partial<LimitDraft>): LimitDraft {
  return { ...draftOf(spo2), ...part };
}

t.test('what is in force comes back from the form as it was', async () => {
  const tier = fc.record({
    bound: fc.integer({ min: 1, max: 300 }),
    delay: fc.integer({ min: 0, max: 600 }),
  });
  const tiers = fc.subarray([...PRIORITIES], { minLength: 1 }).chain((priorities) =>
    fc.tuple(...priorities.map(() => tier)).map((all) =>
      priorities.map((priority, i): AnsweredTier => {
        const { bound, delay } = all[i]!;
        return { priority, threshold: bound, onset_delay_ms: delay * 1_000, ...common };
      }),
    ),
  );
  fc.assert(
    fc.property(tiers, (given) => {
      const checked = checkedLimit('value', draftOf(given));
      return (
        checked.kind === 'tiers' && JSON.stringify(sorted(checked.tiers)) === JSON.stringify(sorted(given))
      );
    }),
  );
});

function sorted(tiers: readonly AnsweredTier[]): readonly (readonly [string, unknown][])[] {
  return tiers.map((tier) => Object.entries(tier).toSorted(([a], [b]) => a.localeCompare(b)));
}

t.test('nothing chosen is switched off, whatever stands in the fields', async (t) => {
  const off = { on: false, bound: 'x', delay: '-' };
  t.same(checkedLimit('value', changed({ tiers: { low: off, medium: off, high: off } })), {
    kind: 'tiers',
    tiers: [],
  });
});

t.test('what is no number, and what is out of bounds, is named with its bounds', async (t) => {
  const { tiers } = draftOf(spo2);
  const wrong = changed({
    tiers: { ...tiers, medium: { on: true, bound: '', delay: '601' } },
    margin: '1e3',
    clearDelay: '5,5',
  });
  const checked = checkedLimit('value', wrong);
  t.same(checked.kind === 'faults' ? checked.faults.map(({ field }) => field).toSorted() : checked, [
    'margin',
    'medium.bound',
    'medium.delay',
  ]);
});

t.test('a change has its window in every tier', async (t) => {
  const falling: readonly AnsweredTier[] = [
    { priority: 'medium', change: 4, window_ms: 300_000, onset_delay_ms: 0, ...common },
  ];
  t.same(checkedLimit('change', draftOf(falling)), { kind: 'tiers', tiers: falling });
});

t.test('targets that can be edited here, and their names', async (t) => {
  t.equal(limitKind('spo2:low'), 'value');
  t.equal(limitKind('spo2:falling'), 'change');
  t.equal(limitKind('combination:shock'), null);
  t.equal(targetName('spo2:low'), 'SpO2 low');
  t.equal(targetName('combination:shock'), 'Combination shock');
});

t.test('a tier is told as one would say it', async (t) => {
  t.same(
    spo2.map((tier) => tierText('spo2:low', tier)),
    ['below 90 % for 15 s', 'below 80 % at once'],
  );
});
