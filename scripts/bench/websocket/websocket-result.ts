import { type BenchResult, type Figure, medianOf } from '../benchmark.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import type { WatchCost } from './clinician-side.ts';
import { type SampleCost, WAYS, type Way } from './device-side.ts';

export interface WebsocketFindings {
  readonly devices: number;
  /** What the product's devices asked for. */
  readonly ackIntervalMs: number;
  /** Each sample at a wearable's pace, by each way. */
  readonly rounds: readonly Readonly<Record<Way, SampleCost>>[];
  /** The ways on connections that stay, with as much as a fleet of some thousand sends. */
  readonly busy: readonly Readonly<Partial<Record<Way, SampleCost>>>[];
  /** The WebSocket with an ack as soon as a sample is durable. */
  readonly timed: SampleCost;
  /** Clinicians, each of whom watches one patient. */
  readonly watched: number;
  /** By the name of how they watch. */
  readonly watches: readonly ReadonlyMap<string, WatchCost>[];
}

const NAMES: Readonly<Record<Way, string>> = {
  product: 'WebSocket, the product',
  bare: 'WebSocket, bare',
  keep_alive: 'POST, connection kept',
  new: 'POST, new connection',
  resumed: 'POST, new connection, TLS resumed',
};
/** A block whose generator was later than this, in milliseconds, says nothing of latency. */
const LATE_MS = 5;
const NOBODY = 'nobody watches';
const FEED = 'feed';

/** Ratios first, then what they are of; nothing here has a target. */
export function websocketResult(found: WebsocketFindings): BenchResult {
  const { rounds, busy, timed, watches } = found;
  const costs = [...rounds, ...busy].flatMap((round) => Object.values(round));
  const counts = [...costs, timed, ...watches.flatMap((round) => [...round.values()])];
  const late = [
    ...rounds.flatMap((round) => Object.values(round)),
    timed,
    ...watches.flatMap((round) => [...round.values()]),
  ].filter((block) => block.late > LATE_MS);
  return {
    figures: [...sampleRatios(found), ...watchRatios(found), ...sampleFigures(found), ...watchFigures(found)],
    blocks: counts.map(({ count }) => count),
    charts: [
      {
        kind: 'bars',
        title: 'Server CPU a sample',
        y: { label: 'us' },
        bars: WAYS.map((way) => ({
          name: NAMES[way],
          value: medianOf(rounds.map((round) => round[way].cpuUs)).value,
        })),
      },
      {
        kind: 'latencies',
        title: 'From breach to the clinician who watches',
        distributions: [...(watches.at(-1) ?? new Map<string, WatchCost>())]
          .filter(([name]) => name !== NOBODY)
          .map(([name, { latency }]) => ({ name, latency })),
      },
    ],
    notes: [
      'POST goes to a server that parses the JSON, sees that there is a bearer token and answers 204; the bare WebSocket server acks each frame. The product checks, evaluates alarms, commits to its journal with an fsync, and stores.',
      'Bytes are those of the TCP streams in both directions: TLS and handshakes are in it, headers of TCP and IP, and what opens and closes a connection, are not, which favours new connections.',
      `Acks of the product are every ${found.ackIntervalMs} ms (devices ask for 2 s by default); its latency is of a block in which each sample is acked as soon as it is durable.`,
      `Each of ${found.watched} clinicians watches one patient: by the feed, or by asking GET /v1/patients/{id} on a connection that stays. CPU is what the server takes beyond what it takes when nobody watches.`,
      `${late.length} blocks count for no percentile of latency, since the generator was more than ${LATE_MS} ms late in them.`,
    ],
  };
}

const POSTS = ['keep_alive', 'new', 'resumed'] as const;
const SOCKETS = ['bare', 'product'] as const;

function sampleRatios({ rounds, busy }: WebsocketFindings): readonly Figure[] {
  const of = (way: Way, to: Way, quantity: 'cpuUs' | 'bytes') =>
    medianOf(rounds.map((round) => round[way][quantity] / round[to][quantity]));
  const figure = (name: string, ratio: ReturnType<typeof medianOf>): Figure => ({ name, unit: '', ...ratio });
  return [
    ...POSTS.map((way) => figure(`CPU a sample: ${NAMES[way]} / bare WebSocket`, of(way, 'bare', 'cpuUs'))),
    ...SOCKETS.map((to) =>
      figure(
        `CPU a sample, busy: ${NAMES.keep_alive} / ${NAMES[to]}`,
        medianOf(busy.map((round) => (round.keep_alive?.cpuUs ?? 0) / (round[to]?.cpuUs ?? 0))),
      ),
    ),
    ...POSTS.map((way) =>
      figure(`bytes a sample: ${NAMES[way]} / ${NAMES.product}`, of(way, 'product', 'bytes')),
    ),
  ];
}

function sampleFigures({ rounds, busy, timed }: WebsocketFindings): readonly Figure[] {
  const busyWays = WAYS.filter((way) => busy.every((round) => round[way] !== undefined));
  const latencyOf = (way: Way): readonly LatencySummary[] =>
    inTime(way === 'product' ? [timed] : rounds.map((round) => round[way]));
  return [
    ...WAYS.map((way) => ({
      name: `CPU a sample: ${NAMES[way]}`,
      unit: 'us',
      ...medianOf(rounds.map((round) => round[way].cpuUs)),
    })),
    ...busyWays.map((way) => ({
      name: `CPU a sample, busy: ${NAMES[way]}`,
      unit: 'us',
      ...medianOf(busy.map((round) => round[way]?.cpuUs ?? 0)),
    })),
    ...WAYS.map((way) => ({
      name: `bytes a sample: ${NAMES[way]}`,
      unit: 'B',
      ...medianOf(rounds.map((round) => round[way].bytes)),
    })),
    ...WAYS.flatMap((way) => percentiles(`made until acked: ${NAMES[way]}`, latencyOf(way))),
  ];
}

/** What watching costs beyond what the wearables do; null where that is not told. */
function watchRatios({ watches, watched }: WebsocketFindings): readonly Figure[] {
  return pollsOf(watches).flatMap((way) => [
    {
      name: `CPU a clinician: ${way} / feed`,
      unit: '',
      ...medianOf(watches.map((round) => cpuOf(round, way, watched) / cpuOf(round, FEED, watched))),
    },
    {
      name: `bytes a clinician: ${way} / feed`,
      unit: '',
      ...medianOf(watches.map((round) => bytesOf(round, way, watched) / bytesOf(round, FEED, watched))),
    },
    {
      name: `breach until known, mean: ${way} / feed`,
      unit: '',
      ...medianOf(watches.map((round) => meanOf(round, way) / meanOf(round, FEED))),
    },
  ]);
}

function watchFigures({ watches, watched }: WebsocketFindings): readonly Figure[] {
  return [FEED, ...pollsOf(watches)].flatMap((way) => [
    {
      name: `CPU a clinician and second: ${way}`,
      unit: 'us',
      ...medianOf(watches.map((round) => cpuOf(round, way, watched))),
    },
    {
      name: `bytes a clinician and second: ${way}`,
      unit: 'B',
      ...medianOf(watches.map((round) => bytesOf(round, way, watched))),
    },
    {
      name: `breach until known, mean: ${way}`,
      unit: 'ms',
      ...medianOf(watches.map((round) => meanOf(round, way))),
    },
    ...percentiles(`breach until known: ${way}`, inTime(watches.flatMap((round) => round.get(way) ?? []))),
    {
      name: `alarms raised and not heard of: ${way}`,
      unit: '',
      value: watches.reduce((sum, round) => sum + missedOf(round.get(way)), 0),
      at_most: 0,
    },
  ]);
}

function percentiles(name: string, latencies: readonly LatencySummary[]): readonly Figure[] {
  if (latencies.length === 0) return [];
  return ([50, 99] as const).map((percentile) => ({
    name: `${name}, p${percentile}`,
    unit: 'ms',
    ...medianOf(latencies.map((latency) => quantileOf(latency, percentile))),
  }));
}

/** Latencies of the blocks that the generator was in time for. */
function inTime(
  blocks: readonly { readonly late: number; readonly latency: LatencySummary }[],
): readonly LatencySummary[] {
  return blocks.filter(({ late }) => late <= LATE_MS).map(({ latency }) => latency);
}

type Round = ReadonlyMap<string, WatchCost>;

function pollsOf(watches: readonly Round[]): readonly string[] {
  return [...(watches[0]?.keys() ?? [])].filter((name) => name !== NOBODY && name !== FEED).sort();
}

function cpuOf(round: Round, way: string, watched: number): number {
  return ((round.get(way)?.cpuUs ?? Number.NaN) - (round.get(NOBODY)?.cpuUs ?? Number.NaN)) / watched;
}

function bytesOf(round: Round, way: string, watched: number): number {
  return (round.get(way)?.bytes ?? Number.NaN) / watched;
}

function meanOf(round: Round, way: string): number {
  return round.get(way)?.latency.mean ?? Number.NaN;
}

function missedOf(cost: WatchCost | undefined): number {
  return cost === undefined ? 0 : cost.raised - cost.heard;
}
