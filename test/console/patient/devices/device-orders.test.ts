import t from 'tap';
import { intervalMs } from '../../../../src/console/patient/devices/device-orders.ts';

t.test('an interval is a tenth of a second to an hour', async (t) => {
  for (const [typed, ms] of [
    ['1', 1_000],
    ['0,1', 100],
    ['2.5', 2_500],
    [' 3600 ', 3_600_000],
  ] as const)
    t.equal(intervalMs(typed), ms, typed);
  for (const typed of ['', '0', '0.09', '3601', '-1', '1e3', '5 s']) t.equal(intervalMs(typed), null, typed);
});
