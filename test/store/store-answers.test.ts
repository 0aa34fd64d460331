import t from 'tap';
import type { DeviceId } from '../../src/model/ids.ts';
import { BatchSize } from '../../src/store/batch-size.ts';
import { LaneWriter } from '../../src/store/lane-writer.ts';
import type { Point } from '../../src/store/point.ts';
import { StoreAnswers } from '../../src/store/store-answers.ts';
import { StoreDoor } from '../../src/store/store-door.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';
import { WriterTroubles } from '../../src/store/writer-status.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';
import { eventually } from '../support/eventually.ts';
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

t.test('a lane that waits for a store that was away goes on with the first of the others', async (t) => {
  const clock = manualClock();
  const { signal } = new AbortController();
  const troubles = new WriterTroubles(() => undefined);
  let away = true;
  const written: string[] = [];
  const store = {
    open: async () => undefined,
    write: async ([point]: readonly Point[]) => {
      if (away) throw new StoreError('transient', 'away');
      if (point?.measurement === 'vitals') written.push(point.device);
    },
  };
  const shared = {
    ...{ store, clock, troubles, signal, size: new BatchSize(), answers: new StoreAnswers() },
    quarantine: async () => void t.fail('nothing is refused'),
    ...{ onBegin: () => undefined, onEnd: () => undefined, onQuarantined: () => undefined },
  };
  const lane = (name: string, longest: number) => {
    const retry = { baseMs: longest, capMs: longest };
    const options = { ...shared, retry, door: new StoreDoor({ ...shared, retry }) };
    return new LaneWriter(name, options).write([
      moment(T0, { heart_rate: 70 }, { device: name as DeviceId }),
    ]);
  };
  // Their pauses are drawn at random: one of a second at most, the other of days in all likelihood.
  const done = Promise.all([lane('soon', 1_000), lane('late', 3_600_000_000)]);
  await eventually(() => clock.pending === 2);
  away = false;
  await eventually(() => {
    clock.advance(50);
    return written.length === 2;
  });
  await done;
  t.same(written, ['soon', 'late']);
  t.ok(clock.monotonic() < 5_000, `after ${clock.monotonic()} ms`);
});
