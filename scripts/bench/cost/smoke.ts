import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { alternate } from './alternating.ts';
import { openCostFleet, PRODUCT } from './cost-fleet.ts';
import { medianIn, ratioOf } from './ratios.ts';

/**
 * In eight runs on two cores, five of them beside other programs, the medians of this ratio lay between 0.28 and 0.38, single
 * pairs between 0.24 and 0.52: below the floor, which no pair has reached, a frame costs a quarter more than in the worst.
 */
const FLOOR = 0.22;
const SIZE = { connections: 100, pairs: 3, rate: 8_000, blockSeconds: 0.8, warmSeconds: 0.8 };
const ACK_INTERVAL_MS = 500;

async function run(context: BenchContext): Promise<BenchResult> {
  const { connections, ...size } = SIZE;
  await using fleet = await openCostFleet(
    { baselines: ['bare ws'], connections, ackIntervalMs: ACK_INTERVAL_MS, influx: false },
    context,
  );
  const { cpu, blocks } = await alternate({ subjects: fleet.subjects, ...size }, context);
  return {
    figures: [
      {
        ...{ name: 'bare ws / product, CPU a frame', unit: '', at_least: FLOOR },
        ...ratioOf(cpu, 'bare ws', PRODUCT),
      },
      { name: 'CPU a frame, bare ws', unit: 'us', ...medianIn(cpu, 'bare ws') },
      { name: 'CPU a frame, product', unit: 'us', ...medianIn(cpu, PRODUCT) },
    ],
    blocks,
    notes: [
      `${size.rate} frames/s of ${connections} connections, embedded store: a regression check, far from P1.`,
    ],
  };
}

/** Seconds, not minutes: fails on what is far outside of the spread, and on frames that were acked and are lost. */
export const SMOKE: Benchmark = {
  name: 'smoke',
  about: 'a few seconds of the product against bare ws, to be run with every change',
  run,
};
