import t from 'tap';
import { Playout } from '../../../src/console/trace/playout.ts';

/** Chunks of a second that arrive `lateness` ms after their end; samples the head every 20 ms. */
function play(seconds: number, lateness: (second: number) => number): { now: number; head: number }[] {
  const playout = new Playout();
  const arrivals = Array.from({ length: seconds }, (_, i) => ({
    at: (i + 1) * 1_000 + lateness(i),
    end: 500_000 + (i + 1) * 1_000,
  }));
  const heads: { now: number; head: number }[] = [];
  for (let now = 0; now < (seconds + 1) * 1_000; now += 20) {
    while (arrivals[0] !== undefined && arrivals[0].at <= now) {
      const { at, end } = arrivals.shift() ?? { at: 0, end: 0 };
      playout.arrived(end, 1_000, at);
    }
    const head = playout.headAt(now);
    if (head !== null) heads.push({ now, head });
  }
  return heads;
}

/** The least and the greatest progress in 20 ms, from the `skip`th moment on. */
function paces(heads: readonly { head: number }[], skip: number): { min: number; max: number } {
  const steps = heads.slice(skip).map(({ head }, i, rest) => (rest[i + 1]?.head ?? head + 20) - head);
  return { min: Math.min(...steps), max: Math.max(...steps) };
}

t.test('nothing has come: there is nothing to show', async (t) => {
  const playout = new Playout();
  t.equal(playout.headAt(1_000), null);
  t.ok(playout.starvedAt(1_000));
});

t.test('chunks once a second are an even sweep', async (t) => {
  const { min, max } = paces(play(20, () => 0).slice(0, -50), 10);
  t.ok(min >= 20 * 0.92 && max <= 20 * 1.08, `${min} to ${max}`);
});

t.test('a network that trembles by 200 ms is not seen', async (t) => {
  const { min, max } = paces(play(40, (i) => (i * 73) % 200).slice(0, -50), 10);
  t.ok(min >= 20 * 0.91 && max <= 20 * 1.09, `${min} to ${max}`);
});

t.test('where data stop, the sweep stops at the last of them', async (t) => {
  const playout = new Playout();
  playout.arrived(10_000, 1_000, 0);
  t.notOk(playout.starvedAt(1_000));
  t.equal(playout.headAt(5_000), 10_000);
  t.ok(playout.starvedAt(5_000));
  t.equal(playout.headAt(60_000), 10_000);
});

t.test('after a gap it goes on at what is new', async (t) => {
  const playout = new Playout();
  playout.arrived(10_000, 1_000, 0);
  playout.headAt(20_000);
  playout.arrived(31_000, 1_000, 21_000);
  const head = playout.headAt(21_000) ?? 0;
  t.equal(head, 31_000 - 1_250);
});

t.test('what came in a heap after a pause does not leave it behind', async (t) => {
  const playout = new Playout();
  playout.arrived(10_000, 1_000, 0);
  for (let end = 11_000; end <= 15_000; end += 1_000) playout.arrived(end, 1_000, 5_000);
  t.ok((playout.headAt(5_000) ?? 0) >= 15_000 - 1_500 - 3_250);
  t.ok((playout.headAt(5_000) ?? 0) <= 15_000 - 1_000);
});

t.test('it begins anew', async (t) => {
  const playout = new Playout();
  playout.arrived(10_000, 1_000, 0);
  playout.reset();
  t.equal(playout.headAt(100), null);
  playout.arrived(2_000, 500, 200);
  t.equal(playout.headAt(200), 2_000 - 750);
});
