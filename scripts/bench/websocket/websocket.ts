import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { startBare } from '../cost/bare-subjects.ts';
import { startBaseline } from '../subjects/baseline.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import type { Subject } from '../subjects/subject.ts';
import { ClinicianSide, nameOf, type WatchCost } from './clinician-side.ts';
import { DeviceSide, type SampleCost, WAYS, type Way } from './device-side.ts';
import type { WatchWay } from './watch.ts';
import { websocketResult } from './websocket-result.ts';

const PUSH: WatchWay = { name: 'push' };
const EACH_SECOND: WatchWay = { name: 'poll', everyMs: 1_000 };
const EACH_FIVE: WatchWay = { name: 'poll', everyMs: 5_000 };
const FULL = {
  ...{ devices: 300, rounds: 4, seconds: 3, busyRate: 2_000, busySeconds: 1.5, timedSeconds: 3 },
  ...{ watched: 300, watchRounds: 2, watchSeconds: 8, watches: [null, PUSH, EACH_SECOND, EACH_FIVE] },
};
const QUICK = {
  ...{ devices: 50, rounds: 1, seconds: 0.4, busyRate: 2_000, busySeconds: 0.3, timedSeconds: 0.3 },
  ...{ watched: 40, watchRounds: 1, watchSeconds: 1, watches: [null, PUSH, EACH_SECOND] },
};
/** Those whose connections stay, which can be sent more than a wearable's pace in a short time. */
const BUSY: readonly Way[] = ['product', 'bare', 'keep_alive'];

/** What devices ask for by default, and what shows how long an ack takes at least. */
const ACK_INTERVAL_MS = 2_000;
/** Where a run is to be short: each block waits for its last acks. */
const QUICK_ACK_INTERVAL_MS = 300;
const AT_ONCE_MS = 0;

async function run({ quick, signal, show }: BenchContext): Promise<BenchResult> {
  const size = quick ? QUICK : FULL;
  const ackIntervalMs = quick ? QUICK_ACK_INTERVAL_MS : ACK_INTERVAL_MS;
  show('starting the servers');
  await using open = new AsyncDisposableStack();
  const product = open.use(await startProduct({ ackIntervalMs }));
  const { certs } = product.rig.server;
  const posted = open.use(await startPostServer(certs));
  const bare = open.use(await startBare('bare ws that acks', product.rig));
  const all = size.devices + size.watched;
  const { path: peers } = await enrolPeers(product.rig, all, (done) => show(`${done} devices enrolled`));
  const devices = open.use(new DeviceSide({ product, bare, posted, certs, peers, devices: size.devices }));
  await devices.connect(ackIntervalMs);
  // What runs for the first time is slow, and counts for nothing.
  for (const way of BUSY) await devices.block(way, size.busyRate, size.busySeconds);
  const rounds: Record<Way, SampleCost>[] = [];
  const busy: Partial<Record<Way, SampleCost>>[] = [];
  for (let round = 0; round < size.rounds; round++) {
    const of = await eachWay(WAYS, round, async (way) => {
      signal.throwIfAborted();
      show(`round ${round + 1} of ${size.rounds}: ${way}`);
      return await devices.block(way, size.devices, size.seconds);
    });
    rounds.push(of as Record<Way, SampleCost>);
    busy.push(await eachWay(BUSY, round, (way) => devices.block(way, size.busyRate, size.busySeconds)));
  }
  await devices.connect(AT_ONCE_MS);
  const timed = await devices.block('product', size.devices, size.timedSeconds);
  await devices[Symbol.asyncDispose]();

  const clinicians = open.use(
    new ClinicianSide({ product, peers, first: size.devices, count: size.watched }),
  );
  await clinicians.connect(ackIntervalMs);
  const watches: ReadonlyMap<string, WatchCost>[] = [];
  const alarms = Math.floor(size.watched / (size.watchRounds * (size.watches.length - 1)));
  for (let round = 0; round < size.watchRounds; round++) {
    const of = new Map<string, WatchCost>();
    for (const way of round % 2 === 0 ? size.watches : size.watches.toReversed()) {
      signal.throwIfAborted();
      show(`round ${round + 1} of ${size.watchRounds}: ${nameOf(way)}`);
      of.set(nameOf(way), await clinicians.block(way, size.watchSeconds, way === null ? 0 : alarms, signal));
    }
    watches.push(of);
  }
  return websocketResult({
    devices: size.devices,
    ackIntervalMs,
    rounds,
    busy,
    timed,
    watched: size.watched,
    watches,
  });
}

/** With the certificates of the product's server. */
function startPostServer(certs: string): Promise<Subject> {
  const { certificate: cert, key } = serverPaths(certs);
  return startBaseline({
    ...{
      name: 'https post',
      entry: 'https-post.ts',
      cert,
      key,
      ca: authorityPaths(certs, 'root').certificate,
    },
    // What sends to it makes its own connections, and speaks HTTP on them.
    dialect: { name: 'raw_tls' },
    taken: ({ samples = 0 }) => samples,
  });
}

/** In an order that changes from round to round, so that what grows with time favours none. */
async function eachWay(
  ways: readonly Way[],
  round: number,
  block: (way: Way) => Promise<SampleCost>,
): Promise<Partial<Record<Way, SampleCost>>> {
  const found: Partial<Record<Way, SampleCost>> = {};
  for (const way of round % 2 === 0 ? ways : ways.toReversed()) found[way] = await block(way);
  return found;
}

export const WEBSOCKET: Benchmark = {
  name: 'websocket',
  quick: 'only_when_asked',
  about: 'what WebSockets save over a POST a sample, and over clinicians that poll: bytes, CPU, latency',
  run,
};
