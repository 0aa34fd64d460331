import t from 'tap';
import { FAILED_STAYS_MS, processEnd } from '../src/app-end.ts';
import { settled } from './support/happening.ts';
import { manualClock } from './support/manual-clock.ts';

function anEnd() {
  const clock = manualClock();
  const [signal, failure] = [Promise.withResolvers<void>(), Promise.withResolvers<Error>()];
  const end = processEnd({ signalled: signal.promise, failed: failure.promise, clock });
  let due = false;
  void end.due.then(() => {
    due = true;
  });
  const isDue = async (): Promise<boolean> => {
    await settled();
    return due;
  };
  return { clock, end, isDue, signal: signal.resolve, fail: () => failure.resolve(new Error('disk')) };
}

t.test('a signal ends it at once, with 0', async (t) => {
  const { end, isDue, signal } = anEnd();
  t.equal(await isDue(), false);
  signal();
  t.equal(await isDue(), true);
  t.equal(end.exitCode(), 0);
});

t.test('a failure ends it after a while, with 1', async (t) => {
  const { clock, end, isDue, fail } = anEnd();
  fail();
  await settled();
  clock.advance(FAILED_STAYS_MS - 1);
  t.equal(await isDue(), false);
  clock.advance(1);
  t.equal(await isDue(), true);
  t.equal(end.exitCode(), 1);
});

t.test('a signal after the failure ends it at once, with 1', async (t) => {
  const { end, isDue, fail, signal } = anEnd();
  fail();
  t.equal(await isDue(), false);
  signal();
  t.equal(await isDue(), true);
  t.equal(end.exitCode(), 1);
});

t.test('a failure while it stops is told by the code', async (t) => {
  const { end, isDue, fail, signal } = anEnd();
  signal();
  await isDue();
  fail();
  await settled();
  t.equal(end.exitCode(), 1);
});
