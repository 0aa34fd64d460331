import t from 'tap';
import { type Course, verdictOn } from '../../../scripts/faults/influx/course-verdict.ts';
import { drainOf, type Progress } from '../../../scripts/faults/influx/drain-rate.ts';
import type { Seen } from '../../../scripts/faults/influx/store-watch.ts';

const LIVE = 50;

t.test('a drain is timed from the first sign of writing until only live frames are left', async (t) => {
  const seen: Progress[] = [
    { at: 0, acked: 5_000, written: 1_000 },
    // The writer still waits.
    { at: 1_000, acked: 5_100, written: 1_000 },
    { at: 1_500, acked: 5_150, written: 3_000 },
    { at: 2_000, acked: 5_200, written: 5_160 },
    // And goes on with what comes.
    { at: 9_000, acked: 5_900, written: 5_890 },
  ];
  t.same(drainOf(seen, LIVE), { backlog: 4_100, tookMs: 1_000, writtenPerS: 4_160, ingestPerS: 100 });
});

t.test('what was not drained, or not behind, has no rate', async (t) => {
  t.equal(drainOf([], LIVE), null);
  const stuck: Progress[] = [0, 100, 200].map((at) => ({ at, acked: 5_000 + at, written: 1_000 }));
  t.equal(drainOf(stuck, LIVE), null);
  const slow: Progress[] = [0, 100, 200].map((at) => ({ at, acked: 5_000 + at, written: 1_000 + at }));
  t.equal(drainOf(slow, LIVE), null);
});

/** A store that was away from 1,000 to 3,000, at 1,000 frames a second, and drained within half a second. */
function course(change: Partial<Course> = {}, ofSeen: (seen: Seen) => Seen = (seen) => seen): Course {
  const one = (at: number, written: number, store = 'ok'): Seen =>
    ofSeen({ at, acked: at, written, store, quarantined: 0, residentMiB: 200, heapMiB: 60 });
  const [gone, back, drained] = [one(1_200, 1_000, 'degraded'), one(3_200, 2_000), one(3_500, 3_400)];
  const seen = [one(900, 900), gone, one(3_000, 1_000, 'degraded'), back, drained];
  const quiet = { ackP99Ms: 5, harnessP99Ms: 5, diskP99Ms: 1 };
  return {
    ...{ rate: 1_000, began: 1_000, over: 3_000, resumed: back, drained, seen, looks: 2 },
    phases: { before: quiet, during: quiet, drain: quiet, after: quiet },
    ...change,
  };
}

t.test('a store in trouble that nobody notices but by what is told is no fault', async (t) => {
  const { counts, faults, late } = verdictOn(course());
  t.same([...faults, ...late], []);
  t.match(counts, {
    ...{ trouble_ms: 2_000, told_ms: 200, resumed_ms: 200, backlog: 2_000, drain_per_s: 4_800 },
    ...{ ingest_per_s: 1_000, rss_growth_mib: 0 },
  });
});

t.test('each promise that is not kept is told', async (t) => {
  const finds = (what: RegExp, broken: Course): void => {
    const { faults, late } = verdictOn(broken);
    const all = [...faults, ...late];
    t.match(all, [what]);
    t.equal(all.length, 1, all.join('\n'));
  };
  const { phases } = course();
  const slow = { ackP99Ms: 51, harnessP99Ms: 5, diskP99Ms: 1 };
  finds(/ack p99 during: 51 ms, before: 5 ms/, course({ phases: { ...phases, during: slow } }));
  finds(/ack p99 drain/, course({ phases: { ...phases, drain: slow } }));
  finds(
    /readyz did not tell/,
    course({}, (seen) => ({ ...seen, store: 'ok' })),
  );
  finds(
    /grew by 200 MiB, from 200/,
    course({}, (seen) => (seen.at === 1_200 ? { ...seen, residentMiB: 400 } : seen)),
  );
  finds(
    /130 MiB were in use at least, 60 before/,
    course({}, (seen) => (seen.at > 1_000 ? { ...seen, heapMiB: 130 } : seen)),
  );
  // Garbage of the earlier half, which was collected.
  const garbage = course({}, (seen) => (seen.at === 1_200 ? { ...seen, heapMiB: 130 } : seen));
  t.same(verdictOn(garbage).faults, []);
  finds(/nothing was written/, course({ resumed: null }));
  finds(/not drained/, course({ drained: null }));
  t.same(verdictOn(course({ looks: 0 })).faults, [], 'a drain of 300 ms is over before anybody looks');
  const { drained } = course();
  finds(/order/, course({ looks: 0, drained: drained === null ? null : { ...drained, at: 6_000 } }));
  finds(
    /drained at 1\d\d\d frames a second, while 1000 came/,
    course({}, (seen) => (seen.at === 3_500 ? { ...seen, at: 4_600, acked: 4_600, written: 4_100 } : seen)),
  );
});

t.test('acks that are late since the machine was are no fault of the server', async (t) => {
  const { phases } = course();
  for (const busy of [
    { ackP99Ms: 90, harnessP99Ms: 60, diskP99Ms: 1 },
    { ackP99Ms: 90, harnessP99Ms: 5, diskP99Ms: 30 },
  ])
    t.same(verdictOn(course({ phases: { ...phases, during: busy } })).late, []);
});
