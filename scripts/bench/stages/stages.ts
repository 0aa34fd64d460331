import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { alternate } from '../cost/alternating.ts';
import { LoadedSubject } from '../cost/loaded-subject.ts';
import { medianIn } from '../cost/ratios.ts';
import { isStored } from '../cost/store-lag.ts';
import { HALF_LOAD } from '../half-load.ts';
import { type BenchStore, benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import { type StageSubject, stageCosts, WHOLE } from './stage-costs.ts';
import { STAGES, withoutStage } from './switched-off.ts';

const FULL = { connections: 500, pairs: 5, blockSeconds: 3, warmSeconds: 2, ackIntervalMs: 2_000 };
const QUICK = { connections: 50, pairs: 1, blockSeconds: 0.8, warmSeconds: 0.8, ackIntervalMs: 200 };

async function run(context: BenchContext): Promise<BenchResult> {
  const { signal, show } = context;
  const { connections, ackIntervalMs, ...size } = context.quick ? QUICK : FULL;
  await using within = new AsyncDisposableStack();
  const store = await benchStore(within);
  const subjects = new Map<StageSubject, LoadedSubject>();
  for (const name of [WHOLE, ...STAGES] as const) {
    signal.throwIfAborted();
    show(`starting the product ${name === WHOLE ? 'as it is' : `without ${name}`}`);
    subjects.set(name, await started(name, { connections, ackIntervalMs, store }, within));
  }
  const { cpu, blocks } = await alternate({ subjects, rate: HALF_LOAD, ...size }, context);
  const costs = stageCosts(cpu);
  return {
    figures: [
      { name: 'CPU a frame, whole product', unit: 'us', ...medianIn(cpu, WHOLE) },
      ...costs.map(({ stage, us }) => ({ name: `of that, ${stage}`, unit: 'us', ...us })),
      ...costs.map(({ stage, share }) => ({ name: `share of ${stage}`, unit: '', ...share })),
    ],
    blocks,
    charts: [
      {
        kind: 'bars',
        title: 'CPU a frame of each stage: what the product costs less without it',
        y: { label: 'us a frame' },
        bars: [
          { name: WHOLE, value: medianIn(cpu, WHOLE).value },
          ...costs.map(({ stage, us }) => ({ name: stage, value: us.value })),
        ],
      },
    ],
    notes: [
      ...store.notes,
      `${connections} connections, ${HALF_LOAD} frames/s, ${size.pairs} rounds of ${size.blockSeconds} s.`,
      'A stage is measured by taking it out: what it makes others do is in its cost, and costs need not add up to the whole.',
    ],
  };
}

interface Start {
  readonly connections: number;
  readonly ackIntervalMs: number;
  readonly store: BenchStore;
}

async function started(
  name: StageSubject,
  { connections, ackIntervalMs, store }: Start,
  within: AsyncDisposableStack,
): Promise<LoadedSubject> {
  const product = within.use(
    await startProduct({
      ...{ name: name === WHOLE ? 'product' : `product without ${name}`, ackIntervalMs },
      environment: store.environment(`stages_${name}`),
      nodeArguments: name === WHOLE ? [] : withoutStage(name),
      journal: name !== 'journal',
    }),
  );
  const { rig } = product;
  const peers = await enrolPeers(rig, connections, () => {});
  const loaded = await LoadedSubject.connect(product, {
    ...{ ca: authorityPaths(rig.server.certs, 'root').certificate, peers: peers.path, count: peers.count },
    witness: name === 'acks' ? 'journal' : 'acks',
    isDone: () => isStored(rig),
  });
  return within.use(loaded);
}

export const STAGE_COSTS: Benchmark = {
  name: 'stages',
  quick: 'only_when_asked',
  about: 'CPU a frame of the product without its journal, its store, its alarms, its acks',
  run,
};
