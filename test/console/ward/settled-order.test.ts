import * as fc from 'fast-check';
import t from 'tap';
import { SETTLE_MS, settle, UNSETTLED } from '../../../src/console/ward/settled-order.ts';
import { CALM, mostUrgentFirst, type Urgency } from '../../../src/console/ward/urgency.ts';

const bed = (n: number, rank = CALM, news2: number | null = null): Urgency => ({
  ...{ patient: `p-${n}`, label: `Bed ${n}`, rank, news2 },
});

t.test('the worst alarm, then NEWS2, then the bed as people count', async (t) => {
  const patients = [bed(10), bed(9), bed(3, 2), bed(4, 0), bed(5, 3), bed(6, CALM, 7), bed(7, CALM, 0)];
  t.same(
    patients.toSorted(mostUrgentFirst).map(({ label }) => label),
    ['Bed 4', 'Bed 3', 'Bed 5', 'Bed 6', 'Bed 7', 'Bed 9', 'Bed 10'],
  );
});

t.test('at first everybody is put in order', async (t) => {
  t.same(settle(UNSETTLED, [bed(2), bed(1)], 0).order, ['p-1', 'p-2']);
});

t.test('nothing moves within five seconds for a score, or an alarm that is over', async (t) => {
  const first = settle(UNSETTLED, [bed(1, 2), bed(2)], 0);
  const over = settle(first, [bed(1), bed(2, CALM, 5)], SETTLE_MS - 1);
  t.equal(over.order, first.order, 'the very same list');
  t.same(settle(over, [bed(1), bed(2, CALM, 5)], SETTLE_MS).order, ['p-2', 'p-1']);
});

t.test('who is called for moves at once', async (t) => {
  const first = settle(UNSETTLED, [bed(1), bed(2), bed(3, 2)], 0);
  t.same(settle(first, [bed(1), bed(2, 0), bed(3, 2)], 10).order, ['p-2', 'p-3', 'p-1']);
  t.equal(
    settle(first, [bed(1), bed(2, 3), bed(3, 3)], 10).order,
    first.order,
    'an alarm that was seen calls nobody',
  );
});

t.test('who comes or goes does so at once', async (t) => {
  const first = settle(UNSETTLED, [bed(1), bed(3)], 0);
  const more = settle(first, [bed(1), bed(2), bed(3)], 10);
  t.same(more.order, ['p-1', 'p-2', 'p-3']);
  t.same(settle(more, [bed(2), bed(3)], 20).order, ['p-2', 'p-3']);
});

t.test('whatever happens, everybody is there once, and sooner or later in order', async () => {
  const patients = fc.uniqueArray(
    fc.record({
      n: fc.integer({ min: 1, max: 12 }),
      rank: fc.integer({ min: 0, max: CALM }),
      news2: fc.option(fc.integer({ min: 0, max: 20 })),
    }),
    { selector: ({ n }) => n, maxLength: 12 },
  );
  fc.assert(
    fc.property(
      fc.array(fc.record({ patients, after: fc.integer({ min: 0, max: 9_000 }) }), { maxLength: 12 }),
      (moments) => {
        let [settled, now] = [UNSETTLED, 0];
        for (const moment of moments) {
          now += moment.after;
          const told = moment.patients.map(({ n, rank, news2 }) => bed(n, rank, news2));
          settled = settle(settled, told, now);
          const ids = told.map(({ patient }) => patient).toSorted();
          if (JSON.stringify(settled.order.toSorted()) !== JSON.stringify(ids)) return false;
          const later = settle(settled, told, now + SETTLE_MS).order;
          const wanted = told.toSorted(mostUrgentFirst).map(({ patient }) => patient);
          if (JSON.stringify(later) !== JSON.stringify(wanted)) return false;
        }
        return true;
      },
    ),
    { numRuns: 200 },
  );
});
