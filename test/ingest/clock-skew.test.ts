import t from 'tap';
import { ClockSkew } from '../../src/ingest/clock-skew.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

t.test('a clock a few seconds off is right; one further off is known by how much', async (t) => {
  t.equal(new ClockSkew(NOW + 4_000, NOW, 0).skew, 0);
  t.equal(new ClockSkew(NOW + 90_000, NOW, 0).skew, 90_000);
  t.equal(new ClockSkew(NOW - 3 * HOUR, NOW, 0).skew, -3 * HOUR);
});

t.test('a clock that is set right after hello is taken as right from its first sample on', async (t) => {
  const skew = new ClockSkew(NOW + 3 * HOUR, NOW, 0);
  skew.notice([{ t: NOW + 3 * HOUR + 500, spo2: 97 }], NOW + 500, 500);
  t.equal(skew.skew, 3 * HOUR, 'still as it was at hello');
  skew.notice(['no sample', { t: NOW + 1_000, spo2: 97 }], NOW + 1_200, 1_200);
  t.equal(skew.skew, 0);
  skew.notice([{ t: NOW + 3 * HOUR, spo2: 97 }], NOW + 2_000, 2_000);
  t.equal(skew.skew, 0, 'a stray time later does not bring it back');
});

t.test('back-fill of a skewed device says nothing of its clock', async (t) => {
  const skew = new ClockSkew(NOW - 3 * HOUR, NOW, 0);
  skew.notice([{ t: NOW - 5 * HOUR, spo2: 97 }], NOW, 0);
  t.equal(skew.skew, -3 * HOUR);
});

t.test(
  'a server clock that is set moves nobody else’s: what comes after it is neither late nor early',
  async (t) => {
    for (const set of [HOUR, -HOUR]) {
      const skew = new ClockSkew(NOW, NOW, 0);
      skew.notice([{ t: NOW + 1_000, spo2: 97 }], NOW + 1_000 + set, 1_000);
      t.equal(skew.skew, -set, 'the device goes on by its own clock');
      skew.notice([{ t: NOW + 2_000, spo2: 97 }], NOW + 2_000, 2_000);
      t.equal(skew.skew, 0, 'and the server’s is set right again');
      const off = new ClockSkew(NOW + set, NOW, 0);
      off.notice([{ t: NOW + set + 1_000, spo2: 97 }], NOW + set + 1_000, 1_000);
      t.equal(off.skew, 0, 'it was the server’s that was wrong');
    }
    const skew = new ClockSkew(NOW, NOW, 0);
    skew.notice([], NOW + 1_004_000, 1_000_000);
    t.equal(skew.skew, 0, 'set right by seconds');
  },
);
