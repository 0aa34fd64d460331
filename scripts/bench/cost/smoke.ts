import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { alternate } from './alternating.ts';
import { openCostFleet, PRODUCT } from './cost-fleet.ts';
import { medianIn, ratioOf } from './ratios.ts';

/**
 * In five runs beside other programs on two cores the medians of this ratio lay between 0.28 and 0.31, single pairs between
 * 0.24 and 0.33: below the floor a frame costs twice what it did.
 */
const FLOOR = 0.15;
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
