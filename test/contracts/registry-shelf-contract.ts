import type { Test } from 'tap';
import { patientId, shelfId } from '../../src/model/ids.ts';
import { MAX_SHELVES_OF_PATIENT, type Shelf } from '../../src/model/shelf.ts';
import { type RegistryWorld, told, withPeople } from './registry-contract.ts';

const P1 = patientId('P1');
const P2 = patientId('P2');
const HOUR = 3_600_000;

const aShelf = (id: string, more: Partial<Shelf> = {}): Shelf => ({
  ...{ id: shelfId(id), patient: P1, vital: 'spo2', direction: 'low', by: 'carol' },
  ...{ reason: 'Probe is being changed', from: 1_000, until: 1_000 + HOUR },
  ...more,
});

/** What every Registry adapter keeps of shelved alarms. `world` as of `registryContract`. */
export function registryShelfContract(t: Test, world: (t: Test) => Promise<RegistryWorld>): void {
  const peopled = async (t: Test) => {
    const registry = await (await world(t)).open();
    await withPeople(registry);
    return registry;
  };

  t.test('shelves are read by id and patient, the one that ends last first, past ones too', async (t) => {
    await using registry = await peopled(t);
    const [short, long, other] = [
      aShelf('short', { vital: 'heart_rate', until: 2_000 }),
      aShelf('long'),
      aShelf('other', { patient: P2 }),
    ];
    const heard: string[] = [];
    using _watch = registry.watch(({ kind, key }) => heard.push(`${kind} ${key}`));
    for (const shelf of [short, long, other]) await registry.putShelf(shelf);
    t.same(registry.shelf(short.id), short);
    t.equal(registry.shelf(shelfId('none')), undefined);
    t.same(registry.shelvesOf(P1), [long, short]);
    await registry.endShelf(long.id, 1_500);
    t.same(registry.shelvesOf(P1), [short, { ...long, until: 1_500 }]);
    await registry.endShelf(long.id, 1_800);
    t.equal(registry.shelf(long.id)?.until, 1_500, 'an end never moves to a later time');
    await registry.endShelf(short.id, 0);
    t.equal(registry.shelf(short.id)?.until, short.from, 'nor before it began');
    t.same(heard.slice(0, 4), ['shelf short', 'shelf long', 'shelf other', 'shelf long']);
  });

  t.test('of one vital and direction the newer shelf takes the place of the one before', async (t) => {
    await using registry = await peopled(t);
    await registry.putShelf(aShelf('one'));
    await registry.putShelf(aShelf('elsewhere', { patient: P2 }));
    await registry.putShelf(aShelf('two', { from: 3_000, until: 4_000 }));
    t.equal(registry.shelf(shelfId('one'))?.until, 3_000);
    t.equal(registry.shelf(shelfId('elsewhere'))?.until, 1_000 + HOUR);
  });

  t.test('no patient has more live shelves than there may be, so that not all falls silent', async (t) => {
    await using registry = await peopled(t);
    const vitals = ['spo2', 'heart_rate', 'resp_rate', 'glucose'] as const;
    for (const vital of vitals.slice(0, MAX_SHELVES_OF_PATIENT))
      await registry.putShelf(aShelf(vital, { vital }));
    const full = { code: 'too_many_shelves', message: /cancel one first/ };
    await t.rejects(registry.putShelf(aShelf('glucose', { vital: 'glucose' })), full);
    await t.rejects(registry.putShelf(aShelf('other-way', { direction: 'high' })), full);
    await registry.putShelf(aShelf('other-patient', { patient: P2, vital: 'glucose' }));
    await registry.putShelf(aShelf('again', { from: 1_500 }));
    await registry.endShelf(shelfId('heart_rate'), 2_000);
    await registry.putShelf(aShelf('glucose', { vital: 'glucose', from: 2_000 }));
    await t.rejects(registry.putShelf(aShelf('fifth', { vital: 'heart_rate', from: 2_500 })), full);
    await registry.putShelf(aShelf('later', { vital: 'heart_rate', from: 1_000 + HOUR, until: 2 * HOUR }));
  });

  t.test('a shelf that breaks a rule is refused and changes nothing', async (t) => {
    await using registry = await peopled(t);
    const wrong: Readonly<Record<string, Partial<Shelf>>> = {
      'more than 8 h': { until: 1_001 + 8 * HOUR },
      'an end before its begin': { until: 999 },
      'no reason': { reason: '' },
      'a reason of 9 characters': { reason: 'too short' },
      'a reason that turns its writing': { reason: 'looks fine \u202e too' },
      'no vital': { vital: 'constructor' as never },
      'no direction': { direction: 'falling' as never },
    };
    for (const [name, fields] of Object.entries(wrong))
      await t.rejects(registry.putShelf(aShelf('one', fields)), { code: 'invalid_entry' }, name);
    await t.rejects(registry.putShelf(aShelf('one', { patient: patientId('P9') })), {
      code: 'unknown_patient',
    });
    await t.rejects(registry.endShelf(shelfId('one'), 5), { code: 'unknown_shelf' });
    t.same(registry.shelvesOf(P1), []);
    await registry.putShelf(aShelf('one', { until: 1_000 + 8 * HOUR }));
    await t.rejects(registry.putShelf(aShelf('one', { patient: P2 })), { code: 'already_exists' });
  });

  t.test('a shelf is seen and told in another process, and is there after reopening', async (t) => {
    const shared = await world(t);
    {
      await using here = await shared.open();
      await using there = await shared.open();
      await withPeople(there);
      const heard = told(here, 'shelf', 'one');
      await there.putShelf(aShelf('one'));
      await heard;
      t.same(here.shelvesOf(P1), [aShelf('one')]);
      await here.setNews2(P1, 'scale_2');
      await t.rejects(here.setNews2(P1, 'scale_3' as never), { code: 'invalid_entry' });
      await t.rejects(here.setNews2(patientId('P9'), 'off'), { code: 'unknown_patient' });
    }
    await using again = await shared.open();
    t.same(again.shelvesOf(P1), [aShelf('one')]);
    t.equal(again.patient(P1)?.news2, 'scale_2');
  });
}
