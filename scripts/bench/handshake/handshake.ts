import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { rootOf, startBareWs } from '../growth/subjects.ts';
import { benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import type { Subject } from '../subjects/subject.ts';
import { FULL, type HandshakePlan, QUICK } from './handshake-plan.ts';
import { type HandshakePair, handshakeResult } from './handshake-result.ts';
import { reconnectStorms } from './reconnect-storm.ts';
import { type HandshakeBlock, ReturningFleet } from './returning-fleet.ts';

/** Enough that neither side waits for the other; each waits no longer than it must. */
const AT_ONCE = 16;
const ACK_INTERVAL_MS = 2_000;
const HANDSHAKES = ['full', 'resumed'] as const;

async function pairOf(fleet: ReturningFleet, turn: number): Promise<HandshakePair> {
  const blocks: Partial<Record<'full' | 'resumed', HandshakeBlock>> = {};
  // Which comes first changes, so that what grows with time favours neither.
  const order = turn % 2 === 0 ? HANDSHAKES : HANDSHAKES.toReversed();
  for (const handshake of order) blocks[handshake] = await fleet.block(handshake);
  return blocks as HandshakePair;
}

/** Measures full handshakes against resumed ones, and a fleet that comes back at once. */
export async function runHandshakes(
  plan: HandshakePlan,
  { signal, show }: Omit<BenchContext, 'quick'>,
): Promise<BenchResult> {
  await using running = new AsyncDisposableStack();
  show('starting the servers');
  const store = await benchStore(running);
  const product = running.use(
    await startProduct({ environment: store.environment('handshake'), ackIntervalMs: ACK_INTERVAL_MS }),
  );
  const bare = running.use(await startBareWs(product));
  const count = Math.max(plan.connections, plan.storm + plan.staying.count);
  const peers = await enrolPeers(product.rig, count, (done) => show(`${done} devices`));
  const pairs: Record<'product' | 'bare', HandshakePair[]> = { product: [], bare: [] };
  {
    const fleetOf = (subject: Subject): ReturningFleet =>
      new ReturningFleet({
        ...{ subject, ca: rootOf(product), peers: peers.path, first: 0, count: plan.connections },
        ...{ atOnce: AT_ONCE, signal },
      });
    await using products = fleetOf(product);
    await using bares = fleetOf(bare);
    show('the first handshakes');
    // Sessions to resume, and code that is warm.
    await products.block('full');
    if (plan.barePairs !== 0) await bares.block('full');
    for (let turn = 0; turn < plan.warmPairs; turn++) await pairOf(products, turn);
    for (let turn = 0; turn < plan.pairs; turn++) {
      show(`pair ${turn + 1} of ${plan.pairs}`);
      pairs.product.push(await pairOf(products, turn));
      if (turn < (plan.barePairs ?? plan.pairs)) pairs.bare.push(await pairOf(bares, turn));
    }
  }
  const { full, resumed } = pairs.product.at(-1) ?? {};
  const resumedShare = (resumed?.cpuUs ?? 1) / (full?.cpuUs ?? 1);
  const storms =
    plan.storm === 0 ? null : await reconnectStorms(product, peers, plan, { signal, show, resumedShare });
  return handshakeResult(pairs, storms, plan, store.notes);
}

export const HANDSHAKE: Benchmark = {
  name: 'handshake',
  about: 'CPU of full and resumed handshakes, and 5,000 devices that come back at once',
  targets: ['P7'],
  run: ({ quick, ...context }) => runHandshakes(quick ? QUICK : FULL, context),
};
