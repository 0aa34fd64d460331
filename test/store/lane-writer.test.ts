import t, { type Test } from 'tap';
import type { CodedError } from '../../src/core/coded-error.ts';
import type { DeviceId } from '../../src/model/ids.ts';
import { BatchSize } from '../../src/store/batch-size.ts';
import { LaneWriter } from '../../src/store/lane-writer.ts';
import type { Point } from '../../src/store/point.ts';
import { StoreAnswers } from '../../src/store/store-answers.ts';
import { StoreDoor } from '../../src/store/store-door.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';
import { WriterTroubles } from '../../src/store/writer-status.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';
import { manualClock } from '../support/manual-clock.ts';

const STUCK_MS = 60_000;
const rateOf = (point: Point): number =>
  point.measurement === 'vitals' ? Number(point.values.heart_rate) : Number.NaN;
const points = (from: number, count: number, device = 'watch-1') =>
  Array.from({ length: count }, (_, at) =>
    moment(T0 + from + at, { heart_rate: from + at }, { device: device as DeviceId }),
  );

/** Lanes of a store that answers 5xx to every write with a poisonous point in it, or to all. */
function lanesOf(t: Test, poison: number) {
  const clock = manualClock();
  const { signal } = new AbortController();
  const troubles = new WriterTroubles(() => undefined);
  const written: number[] = [];
  const setAside: { rate: number; error: Error; at: number }[] = [];
  const world = { away: false, attempts: 0 };
  const store = {
    open: async () => undefined,
    write: async (given: readonly Point[]) => {
      world.attempts += 1;
      const rates = given.map(rateOf);
      if (world.away || rates.includes(poison)) throw new StoreError('transient', 'it answered 500');
      written.push(...rates);
    },
  };
  const shared = {
    ...{ store, clock, troubles, signal, size: new BatchSize(), answers: new StoreAnswers() },
    ...{ retry: { baseMs: 1_000, capMs: 2_000 }, stuckMs: STUCK_MS },
    quarantine: async (point: Point, error: CodedError) =>
      void setAside.push({ rate: rateOf(point), error, at: clock.monotonic() }),
    ...{ onBegin: () => undefined, onEnd: () => undefined, onQuarantined: () => undefined },
  };
  const door = new StoreDoor(shared);
  const lane = (name: string) => new LaneWriter(name, { ...shared, door });
  const until = async (condition: () => boolean): Promise<void> => {
    for (let steps = 0; !condition(); steps++) {
      if (steps > 10_000) throw new Error('waited in vain');
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const write = async (one: LaneWriter, given: readonly Point[]): Promise<void> => {
    let done = false;
    const writing = one.write(given).then(() => {
      done = true;
    });
    writing.catch(t.error);
    await until(() => done);
  };
  return { clock, troubles, written, setAside, world, lane, until, write };
}

t.test(
  'what a store stumbles over is found by halves, told, and set aside while it takes others',
  async (t) => {
    const { clock, troubles, written, setAside, lane, until } = lanesOf(t, 107);
    const one = lane('one');
    const done = one.write(points(100, 20));
    await until(() => troubles.worst?.lastError?.code === 'store_stuck');
    t.strictSame([...new Set(written)], [100, 101, 102, 103, 104, 105, 106], 'all before it, in order');
    t.match(troubles.worst, {
      state: 'retrying',
      lastError: { message: /vitals of device watch-1.*it answered 500/ },
    });
    t.notOk(written.includes(108), 'nothing of the same device overtakes it');
    t.strictSame(setAside, []);
    const told = clock.monotonic();
    await until(() => troubles.stuckMs > STUCK_MS / 2);
    await until(() => setAside.length > 0);
    await done;
    t.match(setAside, [{ rate: 107, error: { code: 'store_stuck' } }]);
    t.ok(Number(setAside[0]?.at) - told > STUCK_MS * 0.9, 'not before its time');
    t.strictSame(
      [...new Set(written)],
      [...Array(20).keys()].map((at) => 100 + at).filter((at) => at !== 107),
    );
    t.strictSame([troubles.worst, troubles.stuckMs], [null, 0]);
  },
);

t.test('a store that is away has nothing halved and nothing set aside, however long', async (t) => {
  const { clock, troubles, setAside, world, lane, until, write } = lanesOf(t, -1);
  const one = lane('one');
  await write(one, points(1, 2));
  world.away = true;
  const attempts = world.attempts;
  let done = false;
  const writing = one.write(points(3, 1)).then(() => {
    done = true;
  });
  await until(() => clock.monotonic() > STUCK_MS * 3);
  t.ok(world.attempts > attempts + 10);
  t.match(troubles.worst, { lastError: { code: 'store_transient' } });
  t.strictSame([setAside, done], [[], false]);
  world.away = false;
  await until(() => done);
  await writing;
});

t.test('the time of a stuck point begins anew when the store was away meanwhile', async (t) => {
  const { clock, setAside, troubles, world, lane, until, write } = lanesOf(t, 9);
  const [one, other] = [lane('one'), lane('other')];
  // It has written nothing itself: that the others are taken shows the store is well.
  await write(other, points(1, 1, 'watch-2'));
  const done = one.write(points(9, 1));
  await until(() => troubles.worst?.lastError?.code === 'store_stuck');
  const half = clock.monotonic() + STUCK_MS / 2;
  await until(() => clock.monotonic() > half);
  world.away = true;
  await until(() => troubles.worst?.lastError?.code === 'store_transient');
  world.away = false;
  const back = clock.monotonic();
  await until(() => setAside.length > 0);
  t.ok(Number(setAside[0]?.at) - back >= STUCK_MS);
  await done;
});
