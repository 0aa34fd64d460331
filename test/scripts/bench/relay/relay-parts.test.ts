import t from 'tap';
import { Seeded } from '../../../../scripts/attack/seeded.ts';
import { BREACH_TAKES_MS, breachText } from '../../../../scripts/bench/relay/breach-text.ts';
import { randomTimes } from '../../../../scripts/bench/relay/random-times.ts';
import { cursorIn, timeIn } from '../../../../scripts/bench/relay/relay-times.ts';

t.test('a breach is below 80 %, and good for longer than it takes to clear', async (t) => {
  const frame = JSON.parse(breachText(7, 1_000)) as { seq: number; samples: { t: number; spo2: number }[] };
  const [breach, ...good] = frame.samples;
  t.equal(frame.seq, 7);
  t.same(breach, { t: 1_000, spo2: 75 });
  t.ok(good.every(({ spo2 }) => spo2 > 90));
  t.ok((good.at(-1)?.t ?? 0) < 1_000 + BREACH_TAKES_MS);
});

t.test('what was relayed is told by its time', async (t) => {
  t.equal(timeIn(breachText(7, 1_234)), 1_234);
  const alarm =
    '{"type":"alarm","addressed":true,"event":"recurred","at":1234,"cursor":"56","alarm":{"at":9}}';
  t.equal(timeIn(alarm), 1_234);
  t.equal(cursorIn(alarm), 56);
  t.equal(timeIn('{"type":"heartbeat"}'), null);
  t.equal(cursorIn(breachText(7, 1_234)), null);
});

t.test('times are random, in order, of the rate, and the same for the same seed', async (t) => {
  const times = randomTimes(20_000, 100, new Seeded(5));
  t.ok(times.every((at, i) => at >= (times[i - 1] ?? 0)));
  const meanMs = (times.at(-1) ?? 0) / times.length;
  t.ok(meanMs > 9.5 && meanMs < 10.5, `mean gap ${meanMs} ms`);
  t.same(randomTimes(20, 100, new Seeded(5)), times.slice(0, 20));
  t.notSame(randomTimes(20, 100, new Seeded(6)), times.slice(0, 20));
});
