import t from 'tap';
import type { DeviceAnswer } from '../../../../src/console/admin/admin-answers.ts';
import { filterOf, isFound, queryOf, searchOf } from '../../../../src/console/admin/devices/device-filter.ts';

const ALL = { status: null, ending: false, words: '' };

t.test('a filter comes out of an address as it went in', async (t) => {
  for (const filter of [
    ALL,
    { status: 'suspended', ending: true, words: 'p-1 & q' },
    { status: null, ending: true, words: '' },
  ] as const)
    t.same(filterOf(searchOf(filter).slice(1)), filter);
  t.equal(searchOf(ALL), '');
  t.same(filterOf('status=broken&certificate=x'), ALL, 'what it cannot be is not asked for');
});

t.test('the server is asked for status and certificates', async (t) => {
  t.same(queryOf(ALL), {});
  t.same(queryOf({ status: 'revoked', ending: true, words: 'x' }), { status: 'revoked', expiring_days: 14 });
});

t.test('words are looked for in the id, the wearer and what it is', async (t) => {
  const device: DeviceAnswer = {
    ...{ id: 'wrist-7', status: 'active', description: 'Polar H10', patient: 'p-12' },
    ...{ presence: 'on', presence_since: null, battery_percent: null },
    ...{ certificate_expires: null, late_renewal_until: null },
  };
  for (const words of ['', ' WRIST ', 'P-12', 'polar']) t.ok(isFound(device, words), words);
  t.notOk(isFound(device, 'p-13'));
  t.notOk(isFound({ ...device, patient: null }, 'p-12'));
});
