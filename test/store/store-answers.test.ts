import t from 'tap';
import { StoreAnswers } from '../../src/store/store-answers.ts';
import { manualClock } from '../support/manual-clock.ts';

const PAUSE = { leastMs: 100, mostMs: 10_000 };

/** Someone who pauses, and whether it is over. */
function pausing(answers: StoreAnswers, signal = new AbortController().signal) {
  const clock = manualClock();
  const one = { over: false, done: answers.pause(clock, PAUSE, signal) };
  one.done.then(
    () => {
      one.over = true;
    },
    () => undefined,
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const advance = async (ms: number): Promise<boolean> => {
    clock.advance(ms);
    await settle();
    return one.over;
  };
  return { clock, done: one.done, advance };
}

t.test('a pause lasts as long as it has to while no write is taken', async (t) => {
  const { advance, clock } = pausing(new StoreAnswers());
  t.notOk(await advance(100));
  t.notOk(await advance(9_899));
  t.ok(await advance(1));
  t.equal(clock.pending, 0);
});

t.test('a write that is taken ends the pauses of all others, but not before their least', async (t) => {
  const answers = new StoreAnswers();
  const [early, late] = [pausing(answers), pausing(answers)];
  await late.advance(5_000);
  answers.taken();
  t.notOk(await early.advance(99), 'so long it was asked to');
  t.ok(await early.advance(1));
  t.ok(await late.advance(0));
  t.equal(early.clock.pending + late.clock.pending, 0, 'no timer is left');
  const next = pausing(answers);
  t.notOk(await next.advance(5_000), 'what was taken before it says nothing');
});

t.test('whoever pauses stops when told to', async (t) => {
  for (const ms of [0, 5_000]) {
    const stop = new AbortController();
    const { advance, done, clock } = pausing(new StoreAnswers(), stop.signal);
    if (ms > 0) await advance(ms);
    stop.abort(new Error('stop'));
    await t.rejects(done, { message: 'stop' });
    t.equal(clock.pending, 0);
  }
});
