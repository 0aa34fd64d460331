import fc from 'fast-check';
import t from 'tap';
import { Wearer } from '../../src/ingest/wearer.ts';
import { patientId, type WardId } from '../../src/model/ids.ts';
import { D1, ingestWorld } from '../support/ingest-world.ts';

t.test('whoever is asked for and whenever it changes, the wearer is the registry’s', async (t) => {
  const { registry } = await ingestWorld(t);
  const wearer = new Wearer(registry, D1);
  const people = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const id = patientId(`p-${name}`);
      await registry.addPatient({
        id,
        ward: registry.patients()[0]?.ward as WardId,
        label: name,
        news2: 'off',
      });
      return id;
    }),
  );
  let now = (registry.assignmentsOf(D1).at(-1)?.from ?? 0) + 1;
  const step = fc.oneof(
    fc.record({ do: fc.constant('ask' as const), ago: fc.nat({ max: 5_000 }) }),
    fc.record({
      do: fc.constant('assign' as const),
      to: fc.constantFrom(0, 1),
      after: fc.integer({ min: 1, max: 1_000 }),
    }),
    fc.record({ do: fc.constant('take off' as const), after: fc.integer({ min: 1, max: 1_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const one of steps) {
        if (one.do !== 'ask') now += one.after;
        if (one.do === 'assign') await registry.assign(D1, people[one.to] ?? null, now);
        if (one.do === 'take off') await registry.assign(D1, null, now);
        const at = one.do === 'ask' ? now - one.ago : now;
        t.equal(wearer.at(at), registry.patientAt(D1, at));
      }
    }),
    { numRuns: 20 },
  );
});
