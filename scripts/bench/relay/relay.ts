import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import { WARD } from '../../rig/rig.ts';
import { type BenchContext, type Benchmark, type BenchResult, type Figure, medianOf } from '../benchmark.ts';
import { HALF_LOAD } from '../half-load.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import { startBaseline } from '../subjects/baseline.ts';
import { benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import { enrolClinicians } from './clinicians.ts';
import { type RelayBlock, RelayedSubject } from './relayed-subject.ts';

/** `relayed`: breaches a second. `tries`: pairs at the most, as void ones are made up for; in a quick run none is. */
const FULL = {
  connections: 500,
  devices: 100,
  relayed: 60,
  seconds: 8,
  pairs: 6,
  warm: { bare: 8, product: 8 },
  acks: 2_000,
  tries: 12,
};
const QUICK = {
  connections: 100,
  devices: 50,
  relayed: 100,
  seconds: 1,
  pairs: 4,
  warm: { bare: 0.5, product: 1.6 },
  acks: 500,
  tries: 4,
};
/** P4. */
const TARGET = { p50: 1.5, p99: 2, p99Ms: 8 };
/** Whoever sends later than this (p99) tells of itself. */
const LATE_MS = 5;

interface Pair {
  readonly product: RelayBlock;
  readonly bare: RelayBlock;
}

type Size = typeof FULL;

interface Relays extends AsyncDisposable {
  readonly notes: readonly string[];
  readonly product: RelayedSubject;
  readonly bare: RelayedSubject;
}

async function openRelays(size: Size, { profile, signal, show }: BenchContext): Promise<Relays> {
  await using building = new AsyncDisposableStack();
  show('starting the servers');
  const { environment: storedIn, notes } = await benchStore(building, { givesWay: true });
  const environment = storedIn('relay');
  const product = building.use(await startProduct({ environment, ackIntervalMs: size.acks, profile }));
  const { rig } = product;
  const ca = authorityPaths(rig.server.certs, 'root').certificate;
  const { certificate: cert, key } = serverPaths(rig.server.certs);
  const { connections: count, devices: breaching } = size;
  const { path: peers } = await enrolPeers(rig, count + breaching, (done) => show(`${done} wearables`));
  const people = await enrolClinicians(rig, 1);
  signal.throwIfAborted();
  const baseline = building.use(
    await startBaseline({
      ...{ name: 'bare relay', entry: 'bare-relay.ts', cert, key, ca },
      ...{ dialect: { name: 'bare_websocket' }, taken: ({ frames = 0 }) => frames },
    }),
  );
  const wearers = { ca, peers, count };
  const devices = { ca, peers, first: count, count: breaching };
  const clinician = { ca, first: 0, count: 1, ward: WARD };
  show('connecting');
  const opened = {
    product: building.use(
      await RelayedSubject.open({
        ...{ subject: product, witness: 'acks', wearers },
        devices: { ...devices, port: product.port, speaks: { kind: 'breaches' } },
        clinician: { ...clinician, port: rig.server.clinicianPort, peers: people.path },
      }),
    ),
    bare: building.use(
      await RelayedSubject.open({
        ...{ subject: baseline, witness: 'taken', wearers },
        devices: { ...devices, port: baseline.port, speaks: { kind: 'publishes', texts: null } },
        clinician: { ...clinician, port: baseline.port, peers },
      }),
    ),
  };
  const running = building.move();
  return { ...opened, notes, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** @param rate frames a second of the load beside what is relayed */
export async function measureRelay(rate: number, context: BenchContext): Promise<BenchResult> {
  const { quick, signal, show } = context;
  const size = quick ? QUICK : FULL;
  await using relays = await openRelays(size, context);
  let seed = 0;
  const block = (name: keyof Pair, seconds: number): Promise<RelayBlock> => {
    signal.throwIfAborted();
    seed += 1;
    return relays[name].block({ rate, seconds, relayed: size.relayed, seed }, signal);
  };
  for (const name of ['bare', 'product'] as const) {
    show(`warming up: ${name}`);
    await block(name, size.warm[name]);
  }
  const pairs: Pair[] = [];
  const voided: Pair[] = [];
  for (let tried = 0; pairs.length < size.pairs && tried < size.tries; tried++) {
    show(`pair ${pairs.length + 1} of ${size.pairs}, ${voided.length} void`);
    // Which comes first changes, so that what grows with time favours neither.
    const found =
      tried % 2 === 0
        ? { product: await block('product', size.seconds), bare: await block('bare', size.seconds) }
        : { bare: await block('bare', size.seconds), product: await block('product', size.seconds) };
    (Math.max(found.product.lateMs, found.bare.lateMs) > LATE_MS ? voided : pairs).push(found);
  }
  const result = resultOf(rate, pairs, voided);
  return { ...result, notes: [...result.notes, ...relays.notes] };
}

function middleOf(blocks: readonly RelayBlock[]): LatencySummary[] {
  const sorted = blocks.toSorted((a, b) => quantileOf(a.latency, 99) - quantileOf(b.latency, 99));
  return sorted
    .slice(Math.floor(sorted.length / 2))
    .slice(0, 1)
    .map(({ latency }) => latency);
}

function resultOf(rate: number, pairs: readonly Pair[], voided: readonly Pair[]): BenchResult {
  const of = (name: keyof Pair, percentile: 50 | 99) =>
    medianOf(pairs.map((pair) => quantileOf(pair[name].latency, percentile)));
  const ratio = ({ product, bare }: Pair, percentile: 50 | 99): number =>
    quantileOf(product.latency, percentile) / quantileOf(bare.latency, percentile);
  const ratios = (percentile: 50 | 99) => medianOf(pairs.map((pair) => ratio(pair, percentile)));
  const relayed = pairs.reduce((sum, { product }) => sum + product.latency.count, 0);
  // Where every pair is void there is nothing to judge by.
  const latencies = (): readonly Figure[] => [
    { target: 'P4', name: 'p50, product / bare relay', unit: '', ...ratios(50), at_most: TARGET.p50 },
    { target: 'P4', name: 'p99, product / bare relay', unit: '', ...ratios(99), at_most: TARGET.p99 },
    { target: 'P4', name: 'p99, product', unit: 'ms', ...of('product', 99), at_most: TARGET.p99Ms },
    { name: 'p99, bare relay', unit: 'ms', ...of('bare', 99) },
    { name: 'p50, product', unit: 'ms', ...of('product', 50) },
    { name: 'p50, bare relay', unit: 'ms', ...of('bare', 50) },
  ];
  return {
    figures: [
      ...(pairs.length === 0 ? [] : latencies()),
      { name: 'pairs that count', unit: '', value: pairs.length, at_least: 1 },
    ],
    blocks: [...pairs, ...voided].flatMap(({ product, bare }) =>
      [product, bare].map(({ subject, acked, journaled }) => ({ subject, acked, journaled })),
    ),
    charts: [
      {
        kind: 'latencies',
        title: `From a wearable's breach to a clinician, ${rate} frames/s beside it`,
        distributions: (['product', 'bare'] as const).flatMap((name) =>
          middleOf(pairs.map((pair) => pair[name])).map((latency) => ({
            name: name === 'bare' ? 'bare relay' : name,
            latency,
          })),
        ),
      },
    ],
    notes: [
      `${rate} frames/s beside it; ${relayed} breaches in ${pairs.length} pairs; ${voided.length} pairs void because who sent was late, p99 ratios of those: ${voided.map((pair) => ratio(pair, 99).toFixed(2)).join(', ') || 'none'}.`,
      'From when a wearable was to send until the clinician has it, both in one process; the bare relay passes the same frame on as it is. InfluxDB, another machine in a real deployment, has what the load leaves of its core.',
    ],
  };
}

export const RELAY: Benchmark = {
  name: 'relay',
  about: 'from a breach on a wearable to a clinician at half load, against a bare relay of the same frame',
  targets: ['P4'],
  run: (context) => measureRelay(HALF_LOAD, context),
};
