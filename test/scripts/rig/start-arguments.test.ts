import t from 'tap';
import { startArguments } from '../../../scripts/rig/start-arguments.ts';

t.test('a rig’s server is given what npm start gives', async (t) => {
  t.same(startArguments(), ['--max-semi-space-size=64']);
});
