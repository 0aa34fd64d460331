import fc from 'fast-check';
import t from 'tap';
import { type Due, DueTimes } from '../../src/ingest/due-times.ts';

/** One thing that is looked after, as the model has it. */
interface One {
  readonly name: number;
  due: number;
  over: boolean;
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), due: fc.integer({ min: 0, max: 50 }) }),
  fc.record({ kind: fc.constant('set' as const), which: fc.nat(), due: fc.integer({ min: -5, max: 50 }) }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('visit' as const), after: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ kind: fc.constant('all' as const) }),
);

t.test('whatever is due is looked at once, when it is, however its time moves', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const times = new DueTimes<One>();
      const all: { readonly one: One; readonly due: Due }[] = [];
      let now = 0;
      for (const taken of steps) {
        const chosen = 'which' in taken && all.length > 0 ? all[taken.which % all.length] : undefined;
        if (taken.kind === 'add') {
          const one = { name: all.length, due: now + taken.due, over: false };
          const due = times.add(one);
          due.at(one.due);
          all.push({ one, due });
        } else if (taken.kind === 'set' && chosen) {
          chosen.due.at(now + taken.due);
          // Of one that is over nothing is due, whoever says so, and whosever its place is now.
          if (!chosen.one.over) chosen.one.due = now + taken.due;
        } else if (taken.kind === 'end' && chosen) {
          chosen.due[Symbol.dispose]();
          chosen.one.over = true;
        } else if (taken.kind === 'all') {
          times.setAll(now);
          for (const { one } of all) one.due = now;
        } else if (taken.kind === 'visit') {
          now += taken.after;
          const due = all.filter(({ one }) => !one.over && one.due <= now).map(({ one }) => one.name);
          const looked: number[] = [];
          times.visit(now, (one, again) => {
            looked.push(one.name);
            one.due = Number.POSITIVE_INFINITY;
            // Some are due again, and some of these at once: that is for the next time.
            if (one.name % 3 !== 0) return;
            one.due = now + (one.name % 2);
            again.at(one.due);
          });
          t.same(looked.toSorted(), due.toSorted());
        }
      }
    }),
  );
  t.end();
});

t.test('a look may end others, and begin new ones by the hundred', (t) => {
  const times = new DueTimes<string>();
  const looked: string[] = [];
  const first = times.add('first');
  const second = times.add('second');
  first.at(1);
  second.at(1);
  times.visit(1, (name) => {
    looked.push(name);
    if (name !== 'first') return;
    second[Symbol.dispose]();
    for (let i = 0; i < 300; i++) times.add(`new ${i}`).at(2);
  });
  t.same(looked, ['first'], 'who is over is not looked at');
  times.visit(1, (name) => looked.push(name));
  t.same(looked, ['first'], 'what is added is due when it says');
  times.visit(2, (name) => looked.push(name));
  t.equal(new Set(looked).size, 301);
  t.end();
});
