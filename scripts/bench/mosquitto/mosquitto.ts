import { readFileSync } from 'node:fs';
import { CodedError } from '../../../src/core/coded-error.ts';
import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import { mosquittoMissing } from '../../rig/mosquitto-process.ts';
import { RawFeed } from '../../rig/raw-feed.ts';
import { WARD } from '../../rig/rig.ts';
import {
  type BenchContext,
  type Benchmark,
  type BenchResult,
  type BlockCount,
  type Chart,
  type Figure,
  medianOf,
} from '../benchmark.ts';
import type { Peer } from '../load/dialect.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { type Product, startProduct } from '../subjects/product.ts';
import { judgedBy } from '../targets.ts';
import { startBroker } from './broker.ts';
import { type Block, LoadedServer } from './loaded-server.ts';
import { Subscriber } from './subscriber.ts';

/** Frames a second, which the broker takes on one core with a good part of it to spare, from ever more connections. */
const FULL: Size = {
  ...{
    connections: [100, 500, 1_000, 2_000],
    judgedAt: 1_000,
    rate: 4_000,
    seconds: 4,
    pairs: { judged: 5, beside: 3 },
  },
  // As devices ask by default.
  ...{ ackIntervalMs: 2_000, warmUpS: { first: 8, further: 3 } },
};
/** A quick run has no time for so many. Each block waits for its last acks, which come twice as often. */
const QUICK: Size = {
  ...{
    connections: [500],
    judgedAt: 500,
    rate: 4_000,
    seconds: 0.8,
    pairs: { judged: 3, beside: 0 },
    ackIntervalMs: 1_000,
  },
  warmUpS: { first: 2, further: 0 },
};
/** The product's code is compiled while it runs: it is shown enough of it. */
const WARM_UP_RATE = 10_000;
const DELIVERED_WITHIN_MS = 20_000;

interface Size {
  readonly connections: readonly number[];
  /** One of them. The product is for thousands of devices, and what a frame costs the broker grows with its connections. */
  readonly judgedAt: number;
  readonly rate: number;
  readonly seconds: number;
  readonly pairs: { readonly judged: number; readonly beside: number };
  readonly ackIntervalMs: number;
  /** Before the first block with so many connections: with the least of them until code is compiled. */
  readonly warmUpS: { readonly first: number; readonly further: number };
}

interface Pair {
  readonly product: Block;
  readonly mosquitto: Block;
}

/** What was measured with so many connections. */
interface Step {
  readonly connections: number;
  readonly pairs: readonly Pair[];
}

async function run(context: BenchContext): Promise<BenchResult> {
  const size = context.quick ? QUICK : FULL;
  const { profile, signal, show } = context;
  show('starting the servers');
  await using open = new AsyncDisposableStack();
  const store = await benchStore(open);
  const environment = store.environment('vitalwire');
  const product = open.use(await startProduct({ environment, profile, ackIntervalMs: size.ackIntervalMs }));
  const { certs } = product.rig.server;
  const broker = open.use(await startBroker(certs));
  const devices = Math.max(...size.connections);
  const peers = await enrolPeers(product.rig, devices + 1, (done) => show(`${done} devices`));
  const ca = authorityPaths(certs, 'root').certificate;
  const last = readFileSync(peers.path, 'utf8').split('\n').at(-1) ?? '';
  const subscriber = open.use(await Subscriber.open(broker.port, ca, JSON.parse(last) as Peer));
  const clinician = open.use(await openClinician(product));
  const sides = [product, broker].map((subject) => new LoadedServer(subject, open.use(new LoadGenerator())));
  const [ofProduct, ofBroker] = sides as [LoadedServer, LoadedServer];
  let published = 0;
  const delivered = async (frames: number): Promise<void> => {
    published += frames;
    const received = await subscriber.received(published, DELIVERED_WITHIN_MS, signal);
    if (received !== published)
      throw new CodedError('bench_not_delivered', `${received} of ${published} frames were delivered`);
  };
  const { rate, seconds } = size;
  const steps: Step[] = [];
  for (const connections of size.connections) {
    show(`${connections} connections to each`);
    await Promise.all(sides.map((side) => side.connect({ ca, peers: peers.path, connections })));
    show('warming up');
    const warmUpS = steps.length === 0 ? size.warmUpS.first : size.warmUpS.further;
    await Promise.all([
      ofProduct.block({ rate: WARM_UP_RATE, seconds: warmUpS }),
      ofBroker.block({ rate, seconds: warmUpS, delivered }),
    ]);
    const pairs: Pair[] = [];
    const count = size.pairs[connections === size.judgedAt ? 'judged' : 'beside'];
    for (let i = 0; i < count; i++) {
      signal.throwIfAborted();
      show(`${connections} connections, pair ${i + 1} of ${count}`);
      // Which comes first changes, so that what grows with time favours neither.
      const productFirst = i % 2 === 1 ? await ofProduct.block({ rate, seconds }) : null;
      const mosquitto = await ofBroker.block({ rate, seconds, delivered });
      pairs.push({ mosquitto, product: productFirst ?? (await ofProduct.block({ rate, seconds })) });
    }
    steps.push({ connections, pairs });
  }
  const pairs = steps.flatMap((step) => step.pairs);
  return {
    figures: [
      ...steps.flatMap((step) => figuresOf(step, step.connections === size.judgedAt)),
      { name: 'CPU a connection, product', unit: 'ms', value: ofProduct.msPerConnection },
      { name: 'CPU a connection, Mosquitto', unit: 'ms', value: ofBroker.msPerConnection },
    ],
    blocks: pairs.flatMap((pair) => [countOf('product', pair.product), countOf('mosquitto', pair.mosquitto)]),
    charts: [chartOf(steps)],
    notes: [
      `Mosquitto ${broker.version}: WebSockets over mTLS, QoS 1 in and out, a subscriber to everything whose session persists, persistence on with its default autosave (each 1,800 s), nothing in flight or queued bounded; every frame was delivered, once and in order. What a frame costs it grows with the connections: judged at ${size.judgedAt}, told at others beside.`,
      `The product: store ${environment.VITALWIRE_STORE}, each frame synced to disk before its ack, acks each ${size.ackIntervalMs / 1_000} s or 32 frames (by default devices ask for one each 2 s); one clinician watches the ward and was sent ${clinician.received} frames in all: a patient's newest values once a second and every alarm, as it always does.`,
      `${rate} frames/s of all connections together, both servers on the same core, one after the other.`,
      ...store.notes,
    ],
  };
}

function figuresOf({ connections, pairs }: Step, isJudged: boolean): readonly Figure[] {
  const of = `at ${connections} connections`;
  const cost = (subject: keyof Pair) => medianOf(pairs.map((pair) => pair[subject].usPerFrame));
  return [
    {
      ...{
        ...(isJudged ? judgedBy('P9') : {}),
        name: `CPU a frame, product / Mosquitto, ${of}`,
        unit: '',
      },
      ...medianOf(pairs.map(({ product, mosquitto }) => product.usPerFrame / mosquitto.usPerFrame)),
    },
    { name: `CPU a frame, product, ${of}`, unit: 'us', ...cost('product') },
    { name: `CPU a frame, Mosquitto, ${of}`, unit: 'us', ...cost('mosquitto') },
  ];
}

function chartOf(steps: readonly Step[]): Chart {
  const series = (['product', 'mosquitto'] as const).map((name) => ({
    name,
    points: steps.map(
      ({ connections, pairs }) =>
        [connections, medianOf(pairs.map((pair) => pair[name].usPerFrame)).value] as const,
    ),
  }));
  return {
    ...{ kind: 'lines', title: 'CPU a frame against Mosquitto', series },
    ...{ x: { label: 'connections' }, y: { label: 'us' } },
  };
}

function countOf(subject: string, { acked, journaled }: Block): BlockCount {
  return { subject, acked, journaled };
}

/** Someone who watches the ward, and counts what comes. */
async function openClinician({ rig }: Product): Promise<{ received: number } & Disposable> {
  const [token = ''] = await rig.tokens('nurse', 1);
  await rig.seen();
  const counted = { received: 0, [Symbol.dispose]: () => feed[Symbol.dispose]() };
  const feed = await RawFeed.open({
    ...{ url: rig.server.clinicianUrl, token, ca: rig.ca },
    onMessage: () => {
      counted.received += 1;
    },
  });
  feed.send({ type: 'subscribe', ward: WARD });
  return counted;
}

export const MOSQUITTO: Benchmark = {
  name: 'mosquitto',
  about: 'CPU a frame against Mosquitto: the same frames over mTLS WebSockets at QoS 1, one subscriber',
  targets: ['P9'],
  missing: mosquittoMissing,
  run,
};
