import t from 'tap';
import { OFFERED_REASONS } from '../../../../src/console/admin/devices/revocation.ts';
import { text } from '../../../../src/console/text/text.ts';
import { REVOCATION_REASONS } from '../../../../src/model/people.ts';

t.test('every reason but that of a replaced certificate is offered, each in words of its own', async (t) => {
  t.same([...OFFERED_REASONS].sort(), REVOCATION_REASONS.filter((reason) => reason !== 'superseded').sort());
  const words = REVOCATION_REASONS.map((reason) => text.admin.reasons[reason]);
  t.equal(new Set(words).size, REVOCATION_REASONS.length);
});
