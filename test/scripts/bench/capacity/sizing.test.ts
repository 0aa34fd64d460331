import t from 'tap';
import { bytesADay, devicesACore, ratePerCore, slope } from '../../../../scripts/bench/capacity/sizing.ts';

t.test('devices a core: what its time is enough for', async (t) => {
  t.equal(devicesACore({ share: 0.6, framesASecond: 1, frameUs: 20, idleUs: 0 }), 30_000);
  t.equal(devicesACore({ share: 0.5, framesASecond: 2, frameUs: 20, idleUs: 10 }), 10_000);
  t.equal(ratePerCore(1_000, 1), 1_000);
  t.equal(ratePerCore(1_250, 0.5), 400);
});

t.test('what each further one costs, and what a day leaves', async (t) => {
  t.equal(slope([100, 90_000], [600, 130_000]), 80);
  t.equal(bytesADay(10, 1), 864_000);
  t.equal(bytesADay(33, 0.5), 1_425_600);
});
