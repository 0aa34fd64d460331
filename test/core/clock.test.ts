import { getEventListeners } from 'node:events';
import t from 'tap';
import { acceleratedClock, sleep, systemClock } from '../../src/core/clock.ts';
import { happens } from '../support/happening.ts';
import { manualClock } from '../support/manual-clock.ts';

t.test('an accelerated clock starts at its origin and runs wall and monotonic time alike', async (t) => {
  const origin = 1_000_000;
  const speed = 1_000;
  const before = performance.now();
  const clock = acceleratedClock(speed, origin);
  const [wall, mono] = [clock.now(), clock.monotonic()];
  t.ok(Number.isInteger(wall) && wall >= origin);
  await happens('20 s of its time', () => clock.monotonic() - mono >= 20_000);
  const [elapsedWall, elapsed] = [clock.now() - wall, clock.monotonic() - mono];
  const real = (performance.now() - before) * speed;
  t.ok(elapsed <= real, 'never faster than its speed');
  t.ok(
    elapsed >= 20_000 && Math.abs(elapsedWall - elapsed) < speed,
    `${elapsedWall} and ${elapsed} agree to a ms of real time`,
  );
});

t.test('its delays are in its own time: neither early nor as long as real ones', async (t) => {
  const clock = acceleratedClock(100);
  const started = clock.monotonic();
  const real = performance.now();
  // A timer of the test's own would end the wait: those of a clock hold no process.
  const hold = setInterval(() => {}, 1_000);
  await sleep(clock, 10_000);
  clearInterval(hold);
  t.ok(clock.monotonic() - started >= 9_900, 'at most a ms of real time early, as timers are');
  t.ok(performance.now() - real < 9_000);
});

t.test('what repeats goes on until it is cancelled; cancelling twice is harmless', async (t) => {
  for (const clock of [systemClock(), acceleratedClock(10)]) {
    let runs = 0;
    const every = clock.every(1, () => runs++);
    const never = clock.after(1, () => t.fail('was cancelled'));
    never.cancel();
    never.cancel();
    await happens('three runs', () => runs >= 3);
    every.cancel();
    every.cancel();
    const seen = runs;
    await new Promise((resolve) => setTimeout(resolve, 20));
    t.equal(runs, seen);
  }
});

t.test('sleep ends when its time has come, and lets go of the signal', async (t) => {
  const clock = manualClock();
  const { signal } = new AbortController();
  let awake = false;
  const asleep = sleep(clock, 1_000, signal).then(() => {
    awake = true;
  });
  clock.advance(999);
  await Promise.resolve();
  t.notOk(awake);
  clock.advance(1);
  await asleep;
  t.equal(getEventListeners(signal, 'abort').length, 0);
});

t.test('an aborted sleep rejects with the reason and leaves no timer', async (t) => {
  const clock = manualClock();
  const reason = new Error('enough');
  const abort = new AbortController();
  const asleep = sleep(clock, 1_000, abort.signal);
  t.equal(clock.pending, 1);
  abort.abort(reason);
  await t.rejects(asleep, reason);
  t.equal(clock.pending, 0);
  await t.rejects(sleep(clock, 1_000, abort.signal), reason, 'one that is aborted already never begins');
  t.equal(clock.pending, 0);
});

t.test('a delay longer than a timer can hold is not cut to nothing', async (t) => {
  const clock = systemClock();
  let ran = false;
  const long = clock.after(60 * 86_400_000, () => {
    ran = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  long.cancel();
  t.notOk(ran);
});
