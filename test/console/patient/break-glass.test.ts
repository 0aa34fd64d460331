import t from 'tap';
import { breakGlassFaults } from '../../../src/console/patient/break-glass.ts';

t.test('a reason of at least ten characters and whole minutes up to twelve hours', async (t) => {
  t.same(breakGlassFaults('Called to the resuscitation', '60'), {});
  t.same(breakGlassFaults('   urgent   ', '60'), { reason: 'length' });
  t.same(breakGlassFaults('x'.repeat(501), '720'), { reason: 'length' });
  for (const minutes of ['', '0', '721', '1.5', 'an hour'])
    t.same(breakGlassFaults('Called to the resuscitation', minutes), { minutes: 'range' }, minutes);
});
