import fc from 'fast-check';
import t from 'tap';
import { DrainPace, type RoundSize } from '../../src/store/drain-pace.ts';
import { SlidingRate } from '../../src/store/sliding-rate.ts';

/** Drains rounds of one size as fast as the pace lets it for `seconds`, while records come; gives records a second. */
function drainedPerSecond(pace: DrainPace, ingest: number, round: RoundSize, seconds = 20): number {
  let records = 0;
  for (let now = 0; ; ) {
    pace.came(now, Math.floor((now / 1_000) * ingest));
    const wait = pace.wait(now);
    if (now + wait > seconds * 1_000) return records / seconds;
    // A millisecond for the write itself: no time ever stands still.
    now += wait;
    pace.began(now, round);
    records += round.records;
    now += 1;
  }
}

t.test('drains at a multiple of what comes, and never slower than the floor', async (t) => {
  const round = { records: 2_000, moments: 2_000 };
  t.equal(drainedPerSecond(new DrainPace(), 0, round), 10_100, 'the floor, and the round it began with');
  const at2000 = drainedPerSecond(new DrainPace(), 2_000, round);
  t.ok(at2000 >= 10_000 && at2000 < 10_500, `${at2000} at 2,000/s`);
  const at10000 = drainedPerSecond(new DrainPace(), 10_000, round);
  t.ok(at10000 > 38_000 && at10000 < 42_000, `${at10000} at 10,000/s`);
});

t.test('a floor in moments holds where records are long', async (t) => {
  const traces = { records: 100, moments: 25_000 };
  t.equal(drainedPerSecond(new DrainPace(), 0, traces), 205);
});

t.test('time that was not used is not saved up', async (t) => {
  const pace = new DrainPace();
  pace.began(0, { records: 1_000, moments: 1_000 });
  pace.began(60_000, { records: 1_000, moments: 1_000 });
  t.equal(pace.wait(60_000), 100);
});

t.test(
  'at any load the backlog shrinks by what comes at least once more, and what is taken is bounded',
  async () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 50 }),
        (ingest, records, perRecord) => {
          const round = { records, moments: records * perRecord };
          const rate = drainedPerSecond(new DrainPace(), ingest, round, 60);
          const slack = records / 60 + 0.02 * ingest * 4;
          // A round takes a millisecond here, whatever it holds.
          const possible = records * 990;
          if (rate + slack < Math.min(possible, 2 * ingest)) throw new Error(`${rate} is too slow`);
          const most = Math.max(4 * ingest, Math.min(10_000, 50_000 / perRecord));
          if (rate > most * 1.05 + 6 * (records / 60) + slack)
            throw new Error(`${rate} is more than ${most}`);
        },
      ),
      { numRuns: 60 },
    );
  },
);

t.test('the rate is that of the last seconds, in bounded memory', async (t) => {
  const rate = new SlidingRate(5_000);
  for (let at = 0; at <= 20_000; at += 10) rate.note(at, at <= 10_000 ? at : 10_000 + (at - 10_000) * 3);
  t.equal(Math.round(rate.perSecond(20_000, 40_000)), 3_000);
  t.equal(new SlidingRate(5_000).perSecond(1, 1), 0);
});
