import t from 'tap';
import { stageCosts } from '../../../../scripts/bench/stages/stage-costs.ts';

t.test('a stage costs what the whole costs more than the product without it', async (t) => {
  const costs = stageCosts([
    { whole: 20, journal: 15, store: 16, alarms: 18, acks: 20 },
    { whole: 40, journal: 20, store: 38, alarms: 38, acks: 41 },
  ]);
  t.same(costs[0], {
    stage: 'journal',
    us: { value: 12.5, spread: [5, 20] },
    share: { value: 0.375, spread: [0.25, 0.5] },
  });
  t.same(
    costs.map(({ stage, us }) => [stage, us.value]),
    [
      ['journal', 12.5],
      ['store', 3],
      ['alarms', 2],
      ['acks', -0.5],
    ],
  );
});
