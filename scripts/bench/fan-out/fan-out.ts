import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import { WARD } from '../../rig/rig.ts';
import { type BenchContext, type Benchmark, type BenchResult, type Figure, medianOf } from '../benchmark.ts';
import { medianIn, type Pair, ratioOf } from '../cost/ratios.ts';
import { enrolClinicians } from '../relay/clinicians.ts';
import { startBaseline } from '../subjects/baseline.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import { judgedBy } from '../targets.ts';
import { Audience } from './audience.ts';

type Name = 'product' | 'naive';

const FULL = { sizes: [1, 10, 100, 1_000], pairs: 5, seconds: 3 };
const QUICK = { sizes: [50, 300], pairs: 2, seconds: 0.8 };
/** Wearables whose breaches are relayed, in turn: few, so that alarms are nearly all that is relayed. */
const DEVICES = 2;
/** Messages a second to all clinicians together, less where that would be more alarms than a ward has. */
const DELIVERIES = 10_000;
const MOST_FRAMES = 40;
/** With fewer clinicians, what an alarm costs before it is relayed outweighs the relaying: told, and not judged. */
const JUDGED_FROM = 100;

interface Size {
  readonly clinicians: number;
  readonly pairs: readonly Pair<Name>[];
}

async function run({ quick, signal, show }: BenchContext): Promise<BenchResult> {
  const { sizes, pairs, seconds } = quick ? QUICK : FULL;
  const most = Math.max(...sizes);
  await using running = new AsyncDisposableStack();
  show('starting the server');
  const product = running.use(await startProduct({ journal: false }));
  const { rig, pid } = product;
  const ca = authorityPaths(rig.server.certs, 'root').certificate;
  const { certificate: cert, key } = serverPaths(rig.server.certs);
  const wearables = await enrolPeers(rig, DEVICES, () => {});
  show(`enrolling ${most} clinicians`);
  const people = await enrolClinicians(rig, most);
  signal.throwIfAborted();
  const clinicians = { ca, peers: people.path, ward: WARD };
  const devices = { ca, peers: wearables.path, first: 0, count: DEVICES };
  const relayed = running.use(
    await Audience.open({
      ...{ name: 'product', pid, devices: { ...devices, port: product.port, speaks: { kind: 'breaches' } } },
      clinicians: { ...clinicians, port: rig.server.clinicianPort },
    }),
  );
  // A device's first alarm is raised and each further one recurs: all of them are to be alike.
  await relayed.block(DEVICES, MOST_FRAMES, signal);
  const texts = await relayed.sample();
  const baseline = running.use(
    await startBaseline({
      ...{ name: 'naive', entry: 'naive-relay.ts', cert, key, ca },
      ...{ dialect: { name: 'bare_websocket' }, taken: null },
    }),
  );
  const publishing = { ...devices, port: baseline.port, speaks: { kind: 'publishes', texts } } as const;
  const naive = running.use(
    await Audience.open({
      ...{ name: 'naive', pid: baseline.pid, devices: publishing },
      clinicians: { ...clinicians, port: baseline.port },
    }),
  );
  await naive.sample();
  const found: Size[] = [];
  for (const size of sizes) {
    show(`${size} clinicians`);
    await relayed.grow(size);
    await naive.grow(size);
    const rate = Math.max(1, Math.min(MOST_FRAMES, DELIVERIES / size / texts.length));
    const frames = Math.max(4, Math.round(rate * seconds));
    const block = async (audience: Audience): Promise<number> => {
      signal.throwIfAborted();
      return (await audience.block(frames, rate, signal)).cpuUs;
    };
    await block(naive);
    await block(relayed);
    const measured: Pair<Name>[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      show(`${size} clinicians, pair ${pair + 1} of ${pairs}`);
      // Which comes first changes, so that what grows with time favours neither.
      const first = pair % 2 === 0 ? await block(relayed) : await block(naive);
      const second = pair % 2 === 0 ? await block(naive) : await block(relayed);
      measured.push(pair % 2 === 0 ? { product: first, naive: second } : { product: second, naive: first });
    }
    found.push({ clinicians: size, pairs: measured });
  }
  return resultOf(found, texts);
}

function figuresOf({ clinicians, pairs }: Size): Figure[] {
  const judged = clinicians >= JUDGED_FROM ? judgedBy('P10') : {};
  const ratio = ratioOf(pairs, 'product', 'naive');
  return [
    { ...judged, name: `product / naive, ${clinicians} clinicians`, unit: '', ...ratio },
    { name: `CPU a recipient, product, ${clinicians}`, unit: 'us', ...medianIn(pairs, 'product') },
    { name: `CPU a recipient, naive, ${clinicians}`, unit: 'us', ...medianIn(pairs, 'naive') },
  ];
}

function resultOf(found: readonly Size[], texts: readonly string[]): BenchResult {
  const series = (['product', 'naive'] as const).map((name) => ({
    name,
    points: found.map(
      ({ clinicians, pairs }) => [clinicians, medianOf(pairs.map((pair) => pair[name])).value] as const,
    ),
  }));
  const bytes = Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length);
  return {
    figures: found.flatMap(figuresOf),
    charts: [
      {
        kind: 'lines',
        title: 'CPU a recipient of an alarm',
        x: { label: 'clinicians', logarithmic: true },
        y: { label: 'us' },
        series,
      },
    ],
    notes: [
      `A breach is ${texts.length} messages of ${bytes} bytes on average to each clinician; the naive relay is sent the same ones to relay.`,
      "The product's CPU is all that it does: it takes the frame, keeps the alarm, checks who may hear it, and writes down who was sent it.",
    ],
  };
}

export const FAN_OUT: Benchmark = {
  name: 'fan-out',
  about: 'CPU a recipient of alarms that are relayed to 1 to 1,000 clinicians, against a naive relay',
  targets: ['P10'],
  run,
};
