import { CodedError } from '../../../src/core/coded-error.ts';
import type { BenchContext, Benchmark, BenchResult, BlockCount } from '../benchmark.ts';
import { benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import type { Subject } from '../subjects/subject.ts';
import { Crowd } from './crowd.ts';
import { FULL, type GrowthPlan, QUICK } from './growth-plan.ts';
import { growthResult } from './growth-result.ts';
import { openFilesLimit, sizesWithin } from './open-files.ts';
import { type Crowds, measureAt, measureEqualAcks, type SizeMeasured } from './size-measured.ts';
import { COLLECTS, rootOf, startBareWs } from './subjects.ts';

/** Measures the product and bare ws at more and more connections, which all stay open. */
export async function runGrowth(
  plan: GrowthPlan,
  { profile, signal, show }: Omit<BenchContext, 'quick'>,
): Promise<BenchResult> {
  const { possible, skipped } = sizesWithin(plan.sizes, openFilesLimit());
  const most = possible.at(-1);
  if (most === undefined)
    throw new CodedError(
      'bench_unsupported',
      `a process may open too few files for ${skipped[0]} connections: ulimit -n 65536`,
    );
  await using running = new AsyncDisposableStack();
  show('starting the servers');
  const store = await benchStore(running);
  const product = running.use(
    await startProduct({
      ...{ environment: store.environment('growth'), nodeArguments: COLLECTS },
      ...{ ackIntervalMs: plan.ackIntervalMs, profile },
    }),
  );
  const bare = running.use(await startBareWs(product, COLLECTS));
  const peers = await enrolPeers(product.rig, most + plan.probes.count, (done) => show(`${done} devices`));
  const crowdOf = (subject: Subject, first: number): Crowd =>
    running.use(new Crowd({ subject, first, ca: rootOf(product), peers: peers.path, signal }));
  const blocks: BlockCount[] = [];
  const crowds: Crowds = {
    product: crowdOf(product, 0),
    bare: crowdOf(bare, 0),
    probes: crowdOf({ ...product, dialect: { name: 'product', ackIntervalMs: 0 } }, most),
    counted: ({ subject, acked, journaled }) => void blocks.push({ subject, acked, journaled }),
    show,
  };
  await crowds.probes.growTo(plan.probes.count);
  const equalAcks = await measureEqualAcks(possible[0] ?? most, crowds, plan);
  const measured: SizeMeasured[] = [];
  for (const size of possible) {
    const pairs = size === possible[0] ? plan.besidePairs : plan.pairs[size === most ? 'judged' : 'between'];
    measured.push(await measureAt(size, pairs, crowds, plan));
  }
  return { ...growthResult({ measured, equalAcks, skipped }, plan, store.notes), blocks };
}

export const GROWTH: Benchmark = {
  name: 'growth',
  about: 'CPU a frame, memory and latency from 500 to 10,000 connections, against bare ws',
  targets: ['P5', 'P6'],
  run: ({ quick, ...context }) => runGrowth(quick ? QUICK : FULL, context),
};
