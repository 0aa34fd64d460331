import { DEFAULT_BACKOFF } from '../../../src/client/reconnect.ts';
import type { BlockCount } from '../benchmark.ts';
import { Crowd } from '../growth/crowd.ts';
import { rootOf } from '../growth/subjects.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import type { Connected } from '../load/load-messages.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import type { PeerFile } from '../subjects/peers.ts';
import type { Product } from '../subjects/product.ts';
import type { HandshakePlan } from './handshake-plan.ts';
import { type Handshake, ReturningFleet } from './returning-fleet.ts';

/** The part of a storm in which latencies are taken: it is to be blowing until their end. */
const WITHIN = 0.7;
const LEAST_S = 0.3;

/** A fleet that came back at once, and what those saw that had stayed. */
export interface Storm {
  readonly handshake: Handshake;
  readonly connected: Connected;
  /** User and system time of the server until all were let in, for each of them: their leaving, and what the others sent meanwhile, is in it. Microseconds. */
  readonly cpuUs: number;
  /** Of the acks of those that stayed. */
  readonly latency: LatencySummary;
  /** How late the load itself was with their frames: p99, ms. */
  readonly lateMs: number;
}

export interface Storms {
  readonly storms: readonly Storm[];
  /** The latency of acks while nobody comes or goes. */
  readonly calm: LatencySummary;
  readonly blocks: readonly BlockCount[];
}

export interface StormContext {
  readonly signal: AbortSignal;
  readonly show: (text: string) => void;
  /** What a resumed handshake takes of a full one, about. */
  readonly resumedShare: number;
}

/**
 * Two storms, of full handshakes and of resumed ones, upon devices that stay connected and send.
 * @param peers those that stay are the last ones
 */
export async function reconnectStorms(
  product: Product,
  peers: PeerFile,
  { storm: count, staying }: HandshakePlan,
  { signal, show, resumedShare }: StormContext,
): Promise<Storms> {
  await using running = new AsyncDisposableStack();
  const of = { ca: rootOf(product), peers: peers.path, signal };
  // Acked as soon as may be: latency is what is looked at.
  const subject = { ...product, dialect: { name: 'product', ackIntervalMs: 0 } } as const;
  const stay = running.use(new Crowd({ ...of, subject, first: count }));
  const fleet = running.use(
    new ReturningFleet({
      ...{ ...of, subject: product, first: 0, count, atOnce: count, isPolite: true },
      // As the device client comes back from an interruption.
      backoff: DEFAULT_BACKOFF.withJitter,
    }),
  );
  const blocks: BlockCount[] = [];
  const counted = async (when: string): Promise<void> => {
    const acked = await stay.settled();
    blocks.push({ subject: `product, ${when}`, acked, journaled: await product.journaled() });
  };
  const { rate, beforeS } = staying;
  show(`${count} devices connect`);
  await stay.growTo(staying.count);
  const { seconds: takes } = await fleet.comeBack('full');
  show('calm');
  await stay.run({ rate, seconds: beforeS });
  await counted('calm');
  const calm = await stay.latency();
  const storms: Storm[] = [];
  for (const handshake of ['full', 'resumed'] as const) {
    show(`${count} devices come back at once, ${handshake}`);
    const expected = takes * (handshake === 'full' ? 1 : resumedShare);
    const cpu = cpuTimeUs(product.pid);
    await fleet.leave();
    const sending = stay.run({ rate, seconds: Math.max(LEAST_S, expected * WITHIN) });
    sending.catch(() => {});
    const connected = await fleet.comeBack(handshake);
    const cpuUs = (cpuTimeUs(product.pid) - cpu) / count;
    const { offered } = await sending;
    await counted(`storm of ${handshake} handshakes`);
    const latency = await stay.latency();
    storms.push({ handshake, connected, cpuUs, latency, lateMs: quantileOf(offered.late, 99) });
  }
  return { storms, calm, blocks };
}
