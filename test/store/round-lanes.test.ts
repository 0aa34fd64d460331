import fc from 'fast-check';
import t from 'tap';
import type { DeviceId } from '../../src/model/ids.ts';
import { BatchSize } from '../../src/store/batch-size.ts';
import { LaneWriter } from '../../src/store/lane-writer.ts';
import { laneOf, orderKey } from '../../src/store/lanes.ts';
import type { Point, VitalsPoint } from '../../src/store/point.ts';
import { RoundLanes } from '../../src/store/round-lanes.ts';
import { StoreAnswers } from '../../src/store/store-answers.ts';
import { StoreDoor } from '../../src/store/store-door.ts';
import { StoreError } from '../../src/store/telemetry-store.ts';
import { WriterTroubles } from '../../src/store/writer-status.ts';
import { moment, T0 } from '../contracts/telemetry-store.contract.ts';
import { eventually } from '../support/eventually.ts';
import { manualClock } from '../support/manual-clock.ts';

const LANES = 4;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const device = (n: number): DeviceId => `D${n}` as DeviceId;

/** A store of heart rates by device and time, as the last write to end left them, whose writes take and fail as told. */
function slowStore(fate: (written: number) => { readonly turns: number; readonly fails: boolean }) {
  const stored = new Map<string, number | undefined>();
  let writes = 0;
  const write = async (points: readonly Point[]): Promise<void> => {
    const { turns, fails } = fate(writes++);
    for (let passed = 0; passed < turns; passed++) await turn();
    if (fails) throw new StoreError('transient', 'busy');
    for (const point of points as readonly VitalsPoint[])
      stored.set(`${point.device} ${point.t}`, point.values.heart_rate);
  };
  return { stored, store: { write, open: async () => undefined } };
}

function lanesOver(store: ReturnType<typeof slowStore>['store']) {
  const clock = manualClock();
  const stop = new AbortController();
  const shared = {
    ...{ store, clock, signal: stop.signal, answers: new StoreAnswers(), retry: { baseMs: 1, capMs: 1 } },
    ...{ size: new BatchSize({ first: 2, least: 2, most: 2 }), quarantine: async () => void t.fail() },
    troubles: new WriterTroubles(() => undefined),
    ...{ onBegin: () => undefined, onEnd: () => undefined, onQuarantined: () => undefined },
  };
  const options = { ...shared, door: new StoreDoor(shared) };
  const writers = Array.from({ length: LANES }, (_, lane) => new LaneWriter(`lane ${lane}`, options));
  return { lanes: new RoundLanes(writers), clock, stop, answers: shared.answers };
}

/** Points in the lanes of their keys. */
function parted(points: readonly Point[], lanes: number): Point[][] {
  const parts: Point[][] = Array.from({ length: lanes }, () => []);
  for (const point of points) parts[laneOf(orderKey(point), lanes)]!.push(point);
  return parts;
}

const aRound = fc.record({
  lanes: fc.integer({ min: 1, max: LANES }),
  writes: fc.array(fc.record({ of: fc.integer({ min: 0, max: 5 }), at: fc.integer({ min: 0, max: 1 }) }), {
    maxLength: 12,
  }),
});
const aFate = fc.record({ turns: fc.integer({ min: 0, max: 4 }), fails: fc.boolean() });

t.test('whatever fails, waits and overtakes, the last value of each moment is what is stored', async (t) => {
  const property = fc.asyncProperty(
    fc.array(aRound, { minLength: 2, maxLength: 6 }),
    fc.array(aFate, { minLength: 1, maxLength: 30 }),
    async (rounds, fates) => {
      // Failures come to an end, or nothing would ever be whole.
      const { stored, store } = slowStore((n) => fates[n] ?? { turns: n % 3, fails: false });
      const { lanes, clock } = lanesOver(store);
      const expected = new Map<string, number>();
      let value = 0;
      let whole = 0;
      const all: Promise<void>[] = [];
      const begin = async (): Promise<void> => {
        for (const round of rounds) {
          const points = round.writes.map(({ of, at }) => {
            expected.set(`${device(of)} ${T0 + at}`, ++value);
            return moment(T0 + at, { heart_rate: value }, { device: device(of) });
          });
          const { written } = await lanes.begin(parted(points, round.lanes));
          all.push(
            written.then(() => {
              whole += 1;
            }),
          );
        }
      };
      const begun = begin();
      await eventually(() => {
        clock.advance(20);
        return whole === rounds.length;
      });
      await Promise.all([begun, ...all]);
      return expected.size === stored.size && [...expected].every(([of, last]) => stored.get(of) === last);
    },
  );
  await fc.assert(property, { numRuns: 60 });
  t.pass();
});

t.test('a lane does not wait for the others of the round before', async (t) => {
  const held = Promise.withResolvers<void>();
  const done: string[] = [];
  const write = async ([point]: readonly Point[]): Promise<void> => {
    const { device } = point as VitalsPoint;
    if (device === slow) await held.promise;
    done.push(device);
  };
  const slow = device(0);
  const quick = [1, 2, 3, 4, 5].map(device).find((of) => laneOf(of, LANES) !== laneOf(slow, LANES))!;
  const { lanes } = lanesOver({ write, open: async () => undefined });
  const ofBoth = parted(
    [slow, quick].map((of) => moment(T0, { heart_rate: 70 }, { device: of })),
    LANES,
  );
  const first = await lanes.begin(ofBoth);
  const second = await lanes.begin(ofBoth);
  await turn();
  t.strictSame(done, [quick, quick]);
  held.resolve();
  await Promise.all([first.written, second.written]);
  t.strictSame(done, [quick, quick, slow, slow]);
});

t.test('a lane that goes on waits for whoever writes its witness once more', async (t) => {
  const answers = new StoreAnswers();
  const held = Promise.withResolvers<boolean>();
  const told: string[] = [];
  answers.rests('a', moment(T0, { heart_rate: 70 }));
  const lent = answers.lend(async () => {
    const taken = await held.promise;
    told.push('witness written');
    return taken;
  });
  const resumed = answers.resumes('a').then(() => void told.push('resumed'));
  t.equal(await answers.lend(async () => true), null, 'it lends it to nobody else');
  await turn();
  t.strictSame(told, []);
  held.resolve(true);
  await Promise.all([lent, resumed]);
  t.strictSame(told, ['witness written', 'resumed']);
});

t.test('rounds end with the stop, and tell why', async (t) => {
  const { lanes, stop, clock } = lanesOver(slowStore(() => ({ turns: 0, fails: true })).store);
  const { written } = await lanes.begin(parted([moment(T0, { heart_rate: 70 })], LANES));
  await eventually(() => clock.pending > 0);
  stop.abort(new Error('stop'));
  await t.rejects(written, { message: 'stop' });
});
