import t from 'tap';
import { allowedCores } from '../../../../scripts/bench/machine/pinned.ts';

const status = (list: string): string =>
  `Cpus_allowed:\tff\nCpus_allowed_list:\t${list}\nMems_allowed_list:\t0\n`;

t.test('cores are those that the process may have, not the first of the machine', async (t) => {
  t.strictSame(allowedCores(status('0-1')), [0, 1]);
  t.strictSame(allowedCores(status('2')), [2]);
  t.strictSame(allowedCores(status('2-3,6,8-9')), [2, 3, 6, 8, 9]);
  t.strictSame(allowedCores('nothing of it'), []);
});
