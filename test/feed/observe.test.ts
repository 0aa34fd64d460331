import t from 'tap';
import type { News2 } from '../../src/model/news2.ts';
import { A1, ADMIN, B1, feedWorld, NURSE, WARD_A } from '../support/feed-world.ts';
import { settled } from '../support/happening.ts';
import { anObservation } from '../support/observations.ts';

const SCORE: News2 = {
  kind: 'score',
  scale: 1,
  score: 2,
  trigger: 'low',
  inputs: [{ parameter: 'temperature', value: 39.2, points: 2, measured: 1_000 }],
};

t.test('a score is told to whoever watches the patient, with the ages of its inputs', async (t) => {
  const { join, bus } = await feedWorld(t);
  const viewer = join();
  bus.publishScore({ patient: A1, at: 5_000, news2: SCORE });
  t.same(viewer.of('news2'), [], 'nobody is watched yet');
  viewer.send({ type: 'subscribe', ward: WARD_A });
  bus.publishScore({ patient: B1, at: 5_000, news2: SCORE });
  bus.publishScore({ patient: A1, at: 5_000, news2: SCORE });
  bus.publishScore({ patient: A1, at: 6_000, news2: { kind: 'off' } });
  t.strictSame(viewer.of('news2'), [
    {
      type: 'news2',
      patient: A1,
      at: 5_000,
      news2: { ...SCORE, inputs: [{ ...SCORE.inputs[0], age_ms: 4_000 }] } as never,
    },
    { type: 'news2', patient: A1, at: 6_000, news2: { kind: 'off' } },
  ]);
});

t.test('a snapshot has where the score stands at its time', async (t) => {
  const { feed } = await feedWorld(t);
  t.strictSame(feed.snapshot(A1)?.news2, {
    kind: 'partial',
    scale: 1,
    lacks: ['consciousness'],
    inputs: [],
  });
});

t.test(
  'what is entered is shown to whoever watches the patient, and its values while they are current',
  async (t) => {
    const { join, bus, feed, clock, vitals } = await feedWorld(t);
    const viewer = join();
    viewer.send({ type: 'subscribe', ward: WARD_A });
    const now = clock.now();
    vitals(A1, { t: now - 1_000, heart_rate: 80 });
    const values = { body_temp: 38.2, heart_rate: 90 };
    const observation = anObservation(now - 60_000, { patient: A1, values, entered: now });
    bus.publishObservation(observation);
    bus.publishObservation(anObservation(now, { patient: B1 }));
    t.strictSame(viewer.of('observation'), [{ type: 'observation', ...observation }]);
    clock.advance(1_000);
    t.match(viewer.of('vitals').at(-1)?.values, { body_temp: { value: 38.2 }, heart_rate: { value: 80 } });
    t.match(feed.snapshot(A1)?.values.body_temp, { value: 38.2, age_ms: 61_000 });
  },
);

t.test('observe is answered once it is entered, in the name of who sent it', async (t) => {
  const { join, entries } = await feedWorld(t);
  const viewer = join();
  viewer.send({ type: 'observe', id: 'o', patient: A1, values: { spo2: 97 }, oxygen: 'air' });
  await settled();
  t.match(viewer.of('result'), [{ id: 'o', command: 'observe', ok: true }]);
  t.strictSame(entries, [{ patient: A1, by: NURSE, values: { spo2: 97 }, oxygen: 'air' }]);
});

t.test('observe is refused for patients of others, for admins, and for what cannot be', async (t) => {
  const { join, entries, denials } = await feedWorld(t);
  const [nurse, admin] = [join(), join(ADMIN)];
  nurse.send({ type: 'observe', id: 'a', patient: B1, oxygen: 'air' });
  nurse.send({ type: 'observe', id: 'b', patient: A1, values: { spo2: 140 } });
  admin.send({ type: 'observe', id: 'c', patient: A1, oxygen: 'air' });
  await settled();
  const answers = [...nurse.of('result'), ...admin.of('result')];
  t.match(
    new Map(answers.map(({ id, code }) => [id, code])),
    new Map([
      ['a', 'patient_forbidden'],
      ['b', 'invalid_request'],
      ['c', 'patient_forbidden'],
    ]),
  );
  t.equal(entries.length, 1, 'only what was impossible came so far');
  t.match(
    denials.map(({ code, where }) => `${code} ${where}`),
    ['patient_forbidden /v1/feed observe', 'patient_forbidden /v1/feed observe'],
  );
});

t.test('what cannot be observed is answered, names the field, and leaves the feed open', async (t) => {
  const { join, entries } = await feedWorld(t);
  const viewer = join();
  const asked = [
    [{ oxygen: 'mask' }, /^oxygen "mask" .*air, oxygen/],
    [{ consciousness: 'asleep' }, /^consciousness "asleep" .*alert, /],
    [{ oxygen: 'air', t: -1 }, /^t -1 /],
    [{ oxygen: 'air', t: 1.5 }, /^t 1\.5 /],
  ] as const;
  for (const [more] of asked) viewer.send({ type: 'observe', patient: A1, ...more } as never);
  viewer.send({ type: 'observe', patient: 'no id', oxygen: 'air' });
  await settled();
  t.match(viewer.of('result'), [
    ...asked.map(([, message]) => ({ ok: false, code: 'invalid_request', message })),
    { ok: false, code: 'patient_forbidden' },
  ]);
  t.same(entries, []);
  t.equal(viewer.transport.closed, null);
});
