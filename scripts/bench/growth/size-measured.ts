import type { BlockCount } from '../benchmark.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import type { Crowd, CrowdBlock, CrowdMemory } from './crowd.ts';
import type { GrowthPlan } from './growth-plan.ts';

export type Arm = 'product' | 'bare';

export type Blocks = Readonly<Record<Arm, readonly CrowdBlock[]>>;

/** The two subjects at one number of connections. */
export interface SizeMeasured {
  readonly size: number;
  readonly blocks: Blocks;
  readonly memory: Readonly<Record<Arm, CrowdMemory>>;
  /** Of frames that are acked each for itself; null: the load was late in every attempt. */
  readonly latency: LatencySummary | null;
  /** Attempts at latencies in which the load was late. */
  readonly voided: number;
}

/** The connections that are added to. */
export interface Crowds extends Readonly<Record<Arm, Crowd>> {
  /** To the product, too: each of their frames is acked as soon as it may be. */
  readonly probes: Crowd;
  readonly counted: (block: BlockCount) => void;
  readonly show: (progress: string) => void;
}

/** A block of latencies is void when frames went out this late. Milliseconds, p99; it is made up for. */
const VOID_ABOVE_MS = 5;

/**
 * At the first size, before anything else: devices ask for acks as often as makes one stand for as many frames as at the
 * last size. Those of the product are gone afterwards, and come again with the interval of all others.
 */
export async function measureEqualAcks(size: number, crowds: Crowds, plan: GrowthPlan): Promise<Blocks> {
  crowds.show(`${size} connections to each, at equal acks`);
  await Promise.all([crowds.product.growTo(size, plan.equalAckIntervalMs), crowds.bare.growTo(size)]);
  await warmUp(crowds, plan.rate, plan.warmUpS.first);
  const blocks = await pairsOf(`${size} connections, equal acks`, plan.pairs.judged, crowds, plan);
  await crowds.product.leave();
  return blocks;
}

/** Adds connections until there are `size`, and measures. @param pairs of blocks */
export async function measureAt(
  size: number,
  pairs: number,
  crowds: Crowds,
  plan: GrowthPlan,
): Promise<SizeMeasured> {
  crowds.show(`${size} connections to each`);
  await Promise.all([crowds.product.growTo(size), crowds.bare.growTo(size)]);
  await warmUp(crowds, plan.rate, plan.warmUpS.further);
  const blocks = await pairsOf(`${size} connections`, pairs, crowds, plan);
  crowds.show(`${size} connections, latencies`);
  const latencies = pairs === 0 ? { latency: null, voided: 0 } : await latenciesOf(size, crowds, plan);
  crowds.show(`${size} connections, memory`);
  // The last thing at each size: by now every connection has streamed, and holds what such a one holds.
  const [product, bare] = await Promise.all([
    crowds.product.memory(plan.quietMs),
    crowds.bare.memory(plan.quietMs),
  ]);
  return { size, blocks, memory: { product, bare }, ...latencies };
}

/** Over new connections, and at first through new code, frames cost more. */
async function warmUp({ product, bare, show }: Crowds, rate: number, seconds: number): Promise<void> {
  show('warming up');
  await Promise.all([product.run({ rate, seconds }), bare.run({ rate, seconds })]);
}

async function pairsOf(when: string, pairs: number, crowds: Crowds, plan: GrowthPlan): Promise<Blocks> {
  const blocks: Record<Arm, CrowdBlock[]> = { product: [], bare: [] };
  for (let pair = 0; pair < pairs; pair++) {
    crowds.show(`${when}, pair ${pair + 1} of ${pairs}`);
    // Which comes first changes, so that what grows with time favours neither.
    for (const arm of pair % 2 === 0 ? (['bare', 'product'] as const) : (['product', 'bare'] as const)) {
      if (arm === 'bare' && pair >= (plan.barePairs ?? pairs)) continue;
      const block = await crowds[arm].block(plan);
      blocks[arm].push(block);
      crowds.counted({ ...block, subject: `${crowds[arm].name}, ${when}` });
    }
  }
  return blocks;
}

/** From the probes, while the others send as ever: the rate of all together is the same. */
async function latenciesOf(
  size: number,
  { product, probes, counted }: Crowds,
  { rate, latencyS: seconds, latencyAttempts, probes: { share } }: GrowthPlan,
): Promise<Pick<SizeMeasured, 'latency' | 'voided'>> {
  for (let voided = 0; voided < latencyAttempts; voided++) {
    const [, run] = await Promise.all([
      product.run({ rate: rate * (1 - share), seconds }),
      probes.run({ rate: rate * share, seconds }),
    ]);
    const acked = (await product.settled()) + (await probes.settled());
    const journaled = await product.journaled();
    counted({ subject: `product, ${size} connections, latencies`, acked, journaled });
    if (quantileOf(run.offered.late, 99) <= VOID_ABOVE_MS) return { latency: await probes.latency(), voided };
  }
  return { latency: null, voided: latencyAttempts };
}
