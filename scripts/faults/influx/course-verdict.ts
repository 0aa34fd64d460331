import { ackFault, type Phase } from '../fleet/phases.ts';
import { drainOf } from './drain-rate.ts';
import type { Seen } from './store-watch.ts';

/** R2: a backlog is drained at this many times what comes, or more. */
const DRAIN_FACTOR = 2;
/** With less, the rate is that of chance. Seconds of what comes. */
const BACKLOG_WORTH_S = 1;
/** So much is under way while all is well. Seconds of what comes. */
const LIVE_S = 0.5;
/**
 * What the process may grow by, however long the outage: two rounds of the backlog are held (at most some 50 MiB), the rest
 * waits on disk, and V8 lets more garbage lie than there is in use before it looks through its old space.
 */
const MAX_GROWTH_MIB = 192;
/** What of it may be more than garbage: how far the lowest use of the heap may rise. */
const MAX_LIVE_GROWTH_MIB = 64;
/** A drain that lasts longer is looked at: the order is looked at twice a second or so. */
const LOOKED_AT_AFTER_MS = 2_000;
const TOLD_WITHIN_MS = 5_000;
/** The longest pause between two attempts is 10 s. */
const RESUMED_WITHIN_MS = 15_000;

/** What came to pass in a trial in which the store was in trouble; times in milliseconds of one clock. */
export interface Course {
  /** Frames that the devices offered a second. */
  readonly rate: number;
  readonly began: number;
  readonly over: number;
  /** The first sign of writing after it was over. */
  readonly resumed: Seen | null;
  /** When nothing but live frames was left, and the server said that all is well. */
  readonly drained: Seen | null;
  readonly seen: readonly Seen[];
  readonly phases: Readonly<Record<'before' | 'during' | 'drain' | 'after', Phase>>;
  /** How often the order in the store was looked at during the drain. */
  readonly looks: number;
}

export interface CourseVerdict {
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
  /** What only took too long. */
  readonly late: readonly string[];
}

/** Frames that are under way while all is well. */
export function liveFrames(rate: number): number {
  return rate * LIVE_S;
}

/** Compares what came to pass with what was before, and with what the design promises. */
export function verdictOn(course: Course): CourseVerdict {
  const { began, over, seen, resumed, drained, looks } = course;
  const told = seen.find(({ at, store }) => at >= began && store !== 'ok');
  const faults = [
    ...(resumed === null ? ['nothing was written after the store was back'] : []),
    ...(drained === null ? ['the backlog was not drained'] : []),
    ...(looks === 0 && drainMs(course) > LOOKED_AT_AFTER_MS
      ? ['nobody looked at the order in the store while the backlog was drained']
      : []),
  ];
  const late = [
    ...(told !== undefined && told.at - began <= TOLD_WITHIN_MS
      ? []
      : [`/readyz did not tell the state of the store within ${TOLD_WITHIN_MS / 1_000} s`]),
    ...(resumed === null || resumed.at - over <= RESUMED_WITHIN_MS
      ? []
      : [`nothing was written within ${RESUMED_WITHIN_MS / 1_000} s of the store's return`]),
  ];
  const parts = [drainVerdict(course), ackVerdict(course), memoryVerdict(course)];
  return {
    counts: {
      trouble_ms: Math.round(over - began),
      told_ms: Math.round((told?.at ?? began) - began),
      resumed_ms: Math.round((resumed?.at ?? over) - over),
      ...Object.assign({}, ...parts.map(({ counts }) => counts)),
      order_looks: looks,
    },
    faults: [...faults, ...parts.flatMap((part) => part.faults)],
    late: [...late, ...parts.flatMap((part) => part.late)],
  };
}

function drainMs({ resumed, drained }: Course): number {
  return resumed === null || drained === null ? 0 : drained.at - resumed.at;
}

function drainVerdict({ seen, over, rate, resumed }: Course): CourseVerdict {
  // What was seen last while there was trouble: writing may begin before the next look.
  const since = seen.slice(
    Math.max(
      0,
      seen.findLastIndex(({ at }) => at <= over),
    ),
  );
  const { backlog, tookMs, writtenPerS, ingestPerS } = drainOf(since, liveFrames(rate)) ?? {
    ...{ backlog: 0, tookMs: 0, writtenPerS: 0, ingestPerS: 0 },
  };
  const counts = {
    backlog,
    drain_ms: tookMs,
    drain_per_s: writtenPerS,
    ingest_per_s: ingestPerS,
  };
  if (resumed === null) return { counts, faults: [], late: [] };
  if (backlog < rate * BACKLOG_WORTH_S)
    return {
      counts,
      faults: [`a backlog of ${backlog} frames says nothing about how fast backlogs are drained`],
      late: [],
    };
  const fast = writtenPerS >= DRAIN_FACTOR * ingestPerS;
  return {
    counts,
    faults: [],
    late: fast ? [] : [`the backlog was drained at ${writtenPerS} frames a second, while ${ingestPerS} came`],
  };
}

function ackVerdict({ phases: { before, ...later } }: Course): CourseVerdict {
  const late = Object.entries(later).flatMap(([name, phase]) => ackFault(name, phase, before) ?? []);
  const most = (of: (one: Phase) => number): number =>
    Math.max(...[before, later.during, later.drain].map(of));
  return {
    counts: {
      ack_p99_before_ms: before.ackP99Ms,
      ack_p99_during_ms: later.during.ackP99Ms,
      ack_p99_drain_ms: later.drain.ackP99Ms,
      ack_p99_after_ms: later.after.ackP99Ms,
      harness_p99_ms: most(({ harnessP99Ms }) => harnessP99Ms),
      disk_p99_ms: most(({ diskP99Ms }) => diskP99Ms),
    },
    faults: [],
    late,
  };
}

function memoryVerdict({ seen, began }: Course): CourseVerdict {
  const start = seen.findLast(({ at }) => at <= began)?.residentMiB ?? 0;
  const max = seen.reduce((most, { residentMiB }) => Math.max(most, residentMiB), 0);
  const before = leastHeap(seen.filter(({ at }) => at <= began));
  // In the later half, garbage of the earlier one is gone if the trial is long enough for garbage to matter.
  const later = seen.filter(({ at }) => at > began);
  const live = leastHeap(later.slice(Math.floor(later.length / 2)));
  const [growth, liveGrowth] = [max - start, live - before];
  return {
    counts: {
      rss_start_mib: start,
      rss_max_mib: max,
      rss_end_mib: seen.at(-1)?.residentMiB ?? 0,
      rss_growth_mib: growth,
      live_growth_mib: liveGrowth,
    },
    faults: [
      ...(growth > MAX_GROWTH_MIB
        ? [`the server grew by ${growth} MiB, from ${start}: more than ${MAX_GROWTH_MIB}`]
        : []),
      ...(liveGrowth > MAX_LIVE_GROWTH_MIB
        ? [
            `of the server's heap ${live} MiB were in use at least, ${before} before: more than ${MAX_LIVE_GROWTH_MIB} more`,
          ]
        : []),
    ],
    late: [],
  };
}

function leastHeap(seen: readonly Seen[]): number {
  return seen.length === 0 ? 0 : Math.min(...seen.map(({ heapMiB }) => heapMiB));
}
