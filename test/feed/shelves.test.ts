import t from 'tap';
import { shelfId } from '../../src/model/ids.ts';
import type { FeedCommand } from '../../src/protocol/feed-commands.ts';
import { A1, A2, B1, CHARGE, feedWorld, NURSE, type Viewer } from '../support/feed-world.ts';
import { happens } from '../support/happening.ts';

const MINUTE = 60_000;
const REASON = 'The mask is being changed';
const ask = { patient: A1, vital: 'spo2', direction: 'low', minutes: 30, reason: REASON } as const;

async function answer(viewer: Viewer, command: FeedCommand): Promise<string | true | undefined> {
  const before = viewer.of('result').length;
  viewer.send(command);
  await happens('an answer', () => viewer.of('result').length > before);
  const result = viewer.of('result').at(-1);
  return result?.ok || result?.code;
}

t.test(
  'a shelf is told to whoever watches the patient as it begins, is cancelled, and runs out',
  async (t) => {
    const { join, registry, clock, feed, acts } = await feedWorld(t);
    const [charge, nurse, other] = [join(CHARGE), join(NURSE), join(NURSE)];
    for (const viewer of [charge, nurse]) viewer.send({ type: 'subscribe' });
    other.send({ type: 'subscribe', patients: [A2] });
    t.equal(await answer(charge, { type: 'shelve', ...ask }), true);
    const [shelf] = registry.shelvesOf(A1);
    t.ok(shelf);
    if (!shelf) return;
    const { patient: _, ...told } = shelf;
    const frame = { type: 'shelf', patient: A1, ...told };
    for (const viewer of [charge, nurse]) t.same(viewer.of('shelf'), [frame]);
    t.same(other.of('shelf'), []);
    t.same(feed.snapshot(A1)?.shelves, [told]);
    t.match(acts, [{ action: 'alarm_shelved', subject: A1, actor: { id: CHARGE } }]);

    clock.advance(MINUTE);
    t.equal(await answer(charge, { type: 'unshelve', shelf: shelf.id }), true);
    t.same(nurse.of('shelf').slice(1), [{ ...frame, until: clock.now(), ended: true }]);
    t.same(feed.snapshot(A1)?.shelves, []);

    t.equal(await answer(charge, { type: 'shelve', ...ask, minutes: 1 }), true);
    clock.advance(MINUTE + 1_000);
    t.match(nurse.of('shelf').slice(2), [{ until: Number }, { ended: true }]);
    t.equal(nurse.of('shelf').length, 4);
  },
);

t.test('nurses shelve nothing, and shelves of others look like unknown ones', async (t) => {
  const { join, registry, denials, clock } = await feedWorld(t);
  const [charge, nurse] = [join(CHARGE), join(NURSE)];
  t.equal(await answer(nurse, { type: 'shelve', ...ask }), 'role_forbidden');
  t.equal(await answer(charge, { type: 'shelve', ...ask, patient: B1 }), 'patient_forbidden');
  t.equal(await answer(charge, { type: 'unshelve', shelf: 'none' }), 'not_found');
  const id = shelfId('far');
  const from = clock.now();
  const about = { patient: B1, vital: 'spo2', direction: 'low', by: 'x', reason: REASON } as const;
  await registry.putShelf({ id, ...about, from, until: from + MINUTE });
  t.equal(await answer(charge, { type: 'unshelve', shelf: id }), 'not_found');
  t.same(
    denials.map(({ code, where }) => [code, where]),
    [
      ['role_forbidden', '/v1/feed shelve'],
      ['patient_forbidden', '/v1/feed shelve'],
      ['patient_forbidden', '/v1/feed unshelve'],
    ],
  );
  t.equal(registry.shelf(id)?.until, from + MINUTE);
});

t.test('what no shelf can be is answered, names the field, and leaves the feed open', async (t) => {
  const { join, registry } = await feedWorld(t);
  const charge = join(CHARGE);
  for (const [more, code, message] of [
    [{ reason: 'too short' }, 'invalid_request', /^reason .* 10 to 500 characters/],
    [{ reason: 'x'.repeat(501) }, 'invalid_request', /^reason .* 10 to 500 characters/],
    [{ vital: 'spo3' }, 'invalid_request', /^vital "spo3" .*spo2, /],
    [{ vital: '__proto__' }, 'invalid_request', /^vital "__proto__" /],
    [{ direction: 'falling' }, 'invalid_request', /^direction "falling" .*low, high/],
    [{ minutes: 0 }, 'invalid_request', /^minutes 0 .* 1 to 480/],
    [{ minutes: 481 }, 'invalid_request', /^minutes 481 /],
    [{ minutes: 1.5 }, 'invalid_request', /^minutes 1\.5 /],
    [{ patient: 'no id' }, 'patient_forbidden', /no id/],
  ] as const) {
    t.equal(await answer(charge, { type: 'shelve', ...ask, ...more } as FeedCommand), code);
    t.match(charge.of('result').at(-1), { message });
  }
  t.equal(await answer(charge, { type: 'unshelve', shelf: 'no id' }), 'not_found');
  t.same(registry.shelvesOf(A1), []);
  t.equal(charge.transport.closed, null);
  charge.send({ type: 'shelve', ...ask, reason: 'x'.repeat(5_000) });
  t.match(charge.transport.closed, { code: 4400 }, 'hard bounds stay');
});

t.test('shelves of one patient begin a bounded number of times an hour', async (t) => {
  const { join, clock, registry } = await feedWorld(t);
  const charge = join(CHARGE);
  for (let i = 0; i < 30; i++) {
    t.equal(await answer(charge, { type: 'shelve', ...ask }), true);
    clock.advance(1_000);
  }
  t.equal(await answer(charge, { type: 'shelve', ...ask }), 'rate_exceeded');
  t.match(charge.of('result').at(-1), { message: /wait 3570 s/ });
  t.equal(registry.shelvesOf(A1).length, 30);
  t.equal(await answer(charge, { type: 'shelve', ...ask, patient: A2 }), true, 'of another patient');
  clock.advance(60 * MINUTE);
  t.equal(await answer(join(CHARGE), { type: 'shelve', ...ask }), true, 'an hour later');
});
