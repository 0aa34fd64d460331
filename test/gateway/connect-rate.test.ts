import fc from 'fast-check';
import t from 'tap';
import { ConnectRate } from '../../src/gateway/connect-rate.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

t.test('within its rate a device is never held off', (t) => {
  const rate = new ConnectRate(20);
  for (let at = 0; at < 10 * MINUTE; at += 3_001) t.equal(rate.connect('a', at), null);
  t.end();
});

t.test('over its rate it is held off for 5 s, then twice as long each time, at most 5 min', (t) => {
  const rate = new ConnectRate(3);
  let now = 0;
  for (let i = 0; i < 3; i++) t.equal(rate.connect('a', now), null);
  t.same(rate.connect('a', now), { waitMs: 5_000, isNews: true });
  t.same(
    rate.connect('a', now + 4_000),
    { waitMs: 1_000, isNews: false },
    'coming too early costs nothing more',
  );
  const waits: number[] = [];
  now += 5_000;
  for (let i = 0; i < 9; i++) {
    t.equal(rate.connect('a', now), null, 'after the wait it is let in');
    const held = rate.connect('a', now);
    t.ok(held?.isNews, 'each hold is told once');
    waits.push(held?.waitMs ?? 0);
    now += held?.waitMs ?? 0;
  }
  t.same(
    waits.map((ms) => ms / SECOND),
    [10, 20, 40, 80, 160, 300, 300, 300, 300],
  );
  t.equal(rate.connect('b', now), null, 'others are not concerned');
  t.end();
});

t.test('after ten quiet minutes it is as any other', (t) => {
  const rate = new ConnectRate(2);
  for (let i = 0; i < 2; i++) rate.connect('a', 0);
  t.equal(rate.connect('a', 0)?.waitMs, 5_000);
  const quiet = 5_000 + 10 * MINUTE;
  t.equal(rate.connect('a', quiet), null);
  t.equal(rate.connect('a', quiet), null, 'two at once again');
  t.equal(rate.connect('a', quiet)?.waitMs, 5_000, 'and the first wait is short again');
  t.end();
});

const attempts = fc.array(
  fc.record({
    device: fc.constantFrom('a', 'b', 'c'),
    afterMs: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 20 * MINUTE })),
  }),
  { maxLength: 400 },
);

t.test('however devices come: what they are told to wait is enough, and the rate holds', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), attempts, (perMinute, come) => {
      const rate = new ConnectRate(perMinute);
      const freeAt = new Map<string, number>();
      const admitted = new Map<string, number[]>();
      let now = 0;
      for (const { device, afterMs } of come) {
        now += afterMs;
        const held = rate.connect(device, now);
        const free = freeAt.get(device);
        if (held) {
          if (held.waitMs <= 0 || held.waitMs > 5 * MINUTE) return false;
          // The end of a hold does not move while it lasts.
          if (free !== undefined && free > now && free !== now + held.waitMs) return false;
          freeAt.set(device, now + held.waitMs);
          continue;
        }
        if (free !== undefined && now < free) return false;
        const times = [...(admitted.get(device) ?? []), now];
        admitted.set(device, times);
        // 5, 15 and 35 s after the rate was reached: three more within the first minute of being held off.
        if (times.filter((time) => time > now - MINUTE).length > perMinute + 3) return false;
      }
      return true;
    }),
  );
});

t.test('devices that stay away are forgotten, and no number of them takes more than its bound', (t) => {
  const rate = new ConnectRate(1);
  for (let i = 0; i < 1_000; i++) rate.connect(`device-${i}`, 0);
  rate.connect('held', 0);
  rate.connect('held', 0);
  t.equal(rate.size, 1_001);
  rate.connect('late', 2 * MINUTE);
  t.equal(rate.size, 2, 'who is held off is kept');
  t.ok(rate.connect('held', 2 * MINUTE) === null && rate.connect('held', 2 * MINUTE)?.waitMs === 10_000);
  rate.connect('later', 30 * MINUTE);
  t.equal(rate.size, 1, 'until it was quiet');
  for (let i = 0; i < 100_500; i++) rate.connect(`many-${i}`, 30 * MINUTE);
  t.equal(rate.size, 100_000);
  t.end();
});
