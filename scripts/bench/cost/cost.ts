import { CodedError } from '../../../src/core/coded-error.ts';
import { type BenchContext, type Benchmark, type BenchResult, type Figure, medianOf } from '../benchmark.ts';
import { HALF_LOAD } from '../half-load.ts';
import { judgedBy } from '../targets.ts';
import { type AlternatingOptions, alternate, countOf, latenessOf } from './alternating.ts';
import type { BareName } from './bare-subjects.ts';
import { costAtRates, type RatesPlan, rateChart, rateFigures } from './cost-at-rates.ts';
import { type CostName, openCostFleet, PRODUCT } from './cost-fleet.ts';
import type { CostBlock } from './loaded-subject.ts';
import { medianIn, type Pair, ratioOf } from './ratios.ts';

/** P3's target and a tenth more. */
const FULL_RATE = 49_500;
/** Until the product's code is compiled: what comes first costs a fifth more. */
const FULL: Size = {
  ...{ baselines: ['raw TLS', 'bare ws', 'bare ws that acks'], connections: 500, pairs: 5, blockSeconds: 4 },
  ...{ warmSeconds: 8, flat: { blocks: 3, seconds: 5 } },
  rates: { rates: [5_000, 10_000, 20_000, 40_000], pairs: 3, blockSeconds: 2, warmSeconds: 0.5 },
};
/** Each device sends whole times the 32 frames of an ack in a block: none of them waits for the interval of acks to end. */
const QUICK: Size = {
  ...{
    baselines: ['bare ws', 'bare ws that acks'],
    connections: 100,
    pairs: 3,
    blockSeconds: (4 * 32 * 100) / HALF_LOAD,
  },
  ...{ warmSeconds: 2.2, warmShare: 0.25, flat: { blocks: 2, seconds: (16 * 32 * 100) / FULL_RATE } },
};
/** Both acks come with every 32nd frame at these rates; what waits for the last ones of a block is this. */
const ACK_INTERVAL_MS = { full: 2_000, quick: 500 };
const LATE_MS = 5;

interface Size
  extends Pick<AlternatingOptions<CostName>, 'pairs' | 'blockSeconds' | 'warmSeconds' | 'warmShare'> {
  readonly baselines: readonly BareName[];
  readonly connections: number;
  readonly flat: { readonly blocks: number; readonly seconds: number };
  /** Absent: at half load only. */
  readonly rates?: RatesPlan;
}

async function run(context: BenchContext): Promise<BenchResult> {
  const { quick, signal, show } = context;
  const { baselines, connections, flat, rates, ...size } = quick ? QUICK : FULL;
  const ackIntervalMs = quick ? ACK_INTERVAL_MS.quick : ACK_INTERVAL_MS.full;
  await using fleet = await openCostFleet({ baselines, connections, ackIntervalMs, influx: true }, context);
  const { subjects } = fleet;
  const { cpu, blocks, lateMs } = await alternate({ subjects, rate: HALF_LOAD, ...size }, context);
  const atRates = rates === undefined ? { at: [], blocks: [] } : await costAtRates(subjects, rates, context);
  const product = subjects.get(PRODUCT);
  if (product === undefined) throw new CodedError('bench_incomplete', 'there is no product to load');
  const fullLoad: CostBlock[] = [];
  for (let block = 0; block < flat.blocks; block++) {
    show(`full load, block ${block + 1} of ${flat.blocks}`);
    fullLoad.push(await product.block({ rate: FULL_RATE, seconds: flat.seconds }, signal));
  }
  return {
    figures: [...costFigures(cpu), ...rateFigures(atRates.at), ...fullLoadFigures(fullLoad)],
    blocks: [...blocks, ...atRates.blocks, ...fullLoad.map(countOf)],
    charts: [costChart(cpu), ...(rates === undefined ? [] : [rateChart(atRates.at, cpu)])],
    notes: [
      ...fleet.notes,
      `CPU a frame: ${connections} connections, half load (${HALF_LOAD} frames/s), ${size.pairs} pairs of ${size.blockSeconds.toFixed(2)} s; the product's is all that it does until each frame is acked and stored.`,
      `Frames journaled and acked: offered at ${FULL_RATE}/s for ${flat.seconds.toFixed(1)} s, and those counted that were acked by the end of that.`,
      ...(quick ? ['Raw TLS and other loads, which no target is about, are left out of a quick run.'] : []),
      ...lateNotes(lateMs, Math.max(...fullLoad.map(latenessOf))),
    ],
  };
}

/** Those that were measured, from the barest to the product. */
function namesOf([first]: readonly Pair<CostName>[]): readonly CostName[] {
  const all: readonly CostName[] = ['raw TLS', 'bare ws', 'bare ws that acks', PRODUCT];
  return all.filter((name) => first !== undefined && name in first);
}

function costFigures(cpu: readonly Pair<CostName>[]): Figure[] {
  return [
    { ...judgedBy('P1'), name: 'bare ws / product', unit: '', ...ratioOf(cpu, 'bare ws', PRODUCT) },
    {
      ...judgedBy('P2'),
      name: 'bare ws that acks / product',
      unit: '',
      ...ratioOf(cpu, 'bare ws that acks', PRODUCT),
    },
    ...namesOf(cpu).map((name) => ({ name: `CPU a frame, ${name}`, unit: 'us', ...medianIn(cpu, name) })),
  ];
}

function fullLoadFigures(blocks: readonly CostBlock[]): Figure[] {
  const acked = medianOf(blocks.map(({ ackedPerSecond }) => ackedPerSecond));
  const cost = medianOf(blocks.map(({ cpuUs }) => cpuUs));
  return [
    { ...judgedBy('P3'), name: 'journaled and acked', unit: 'frames/s', ...acked },
    { name: 'CPU a frame, product at full load', unit: 'us', ...cost },
  ];
}

function costChart(cpu: readonly Pair<CostName>[]): NonNullable<BenchResult['charts']>[number] {
  return {
    kind: 'bars',
    title: 'CPU a frame',
    y: { label: 'us a frame' },
    bars: namesOf(cpu).map((name) => ({ name, value: medianIn(cpu, name).value })),
  };
}

function lateNotes(paired: number, full: number): string[] {
  const told = (late: number, what: string, then: string): string[] =>
    late <= LATE_MS ? [] : [`The load was up to ${late.toFixed(0)} ms late (p99) ${what}: ${then}.`];
  return [
    ...told(paired, 'in the pairs', 'frames came in larger bursts than planned'),
    ...told(full, 'at full load', 'the server may take more than it was sent in time'),
  ];
}

export const COST: Benchmark = {
  name: 'cost',
  about: 'CPU a frame of the product against bare servers, and how many frames one core takes',
  targets: ['P1', 'P2', 'P3'],
  run,
};
