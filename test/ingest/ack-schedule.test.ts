import fc from 'fast-check';
import t from 'tap';
import { AckSchedule } from '../../src/ingest/ack-schedule.ts';

t.test('nothing durable, nothing due', async (t) => {
  const acks = new AckSchedule();
  t.equal(acks.isPending(), false);
  t.equal(acks.isDue(1e9), false);
});

t.test('the interval runs from the first frame that waits, not from the last', async (t) => {
  const acks = new AckSchedule();
  acks.every(1_000);
  acks.durable(1, 0);
  acks.durable(2, 900);
  t.equal(acks.isDue(999), false);
  t.equal(acks.isDue(1_000), true);
  acks.acked(2);
  t.equal(acks.isDue(1e9), false);
  acks.durable(3, 5_000);
  t.equal(acks.isDue(5_999), false);
  t.equal(acks.isDue(6_000), true);
});

t.test('the 32nd waiting frame is due at once, the 31st is not', async (t) => {
  const acks = new AckSchedule();
  acks.every(60_000);
  acks.acked(100);
  acks.durable(131, 0);
  t.equal(acks.isDue(0), false);
  acks.durable(132, 0);
  t.equal(acks.isDue(0), true);
});

t.test('what was acked already does not wait, and durability never goes back', async (t) => {
  const acks = new AckSchedule();
  acks.every(0);
  acks.acked(10);
  acks.durable(10, 0);
  acks.durable(4, 0);
  t.equal(acks.isPending(), false);
  acks.durable(11, 0);
  t.equal(acks.isDue(0), true);
});

t.test(
  'the interval runs from when the first frame came, though it is seen later that it is durable',
  async (t) => {
    const acks = new AckSchedule();
    acks.every(1_000);
    acks.came({ monotonic: () => 0 });
    acks.came({ monotonic: () => 500 });
    t.equal(acks.isDue(2_000), false, 'never before it is durable');
    acks.durable(1, 900);
    t.equal(acks.isDue(999), false);
    t.equal(acks.isDue(1_000), true);
    acks.acked(1);
    acks.came({ monotonic: () => 3_000 });
    acks.durable(2, 3_050);
    t.equal(acks.isDue(3_999), false);
  },
);

t.test('a duplicate makes an ack due again, after the interval', async (t) => {
  const acks = new AckSchedule();
  acks.every(500);
  acks.acked(10);
  acks.repeat(0);
  acks.repeat(400);
  t.equal(acks.isDue(499), false);
  t.equal(acks.isDue(500), true);
});

t.test('no ack is later than the interval, nor are 32 frames ever waiting', async () => {
  const step = fc.record({ after: fc.nat({ max: 300 }), frames: fc.nat({ max: 40 }) });
  fc.assert(
    fc.property(fc.array(step), fc.nat({ max: 1_000 }), (steps, interval) => {
      const acks = new AckSchedule();
      acks.every(interval);
      let [now, durable, acked] = [0, 0, 0];
      let oldest: number | null = null;
      for (const { after, frames } of steps) {
        now += after;
        if (frames > 0) {
          durable += frames;
          acks.durable(durable, now);
          oldest ??= now;
        }
        const due = oldest !== null && (durable - acked >= 32 || now - oldest >= interval);
        if (acks.isDue(now) !== due) return false;
        if (!due) continue;
        acks.acked(durable);
        acked = durable;
        oldest = null;
      }
      return true;
    }),
  );
});
