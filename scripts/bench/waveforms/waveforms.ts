import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { WaveformEncoding } from '../load/waveform-dialect.ts';
import { enrolPeers, type PeerFile } from '../subjects/peers.ts';
import { type Product, startProduct } from '../subjects/product.ts';
import { type LineSink, startLineSink } from './line-sink.ts';
import { type WaveformBlock, type WaveformSubject, waveformBlock } from './waveform-block.ts';
import { type StoreFindings, type WaveformPair, waveformResult } from './waveform-result.ts';
import { WrittenBytes } from './written-bytes.ts';

/** Seconds are such that each device sends each of its frames as often: a block is of whole seconds of its pace. */
const FULL = {
  devices: 200,
  seconds: 4,
  pairs: 4,
  busySeconds: 2,
  busyPairs: 3,
  stores: ['embedded', 'influxdb'],
} as const;
const QUICK = {
  devices: 60,
  seconds: 1,
  pairs: 1,
  busySeconds: 0.6,
  busyPairs: 2,
  stores: ['embedded'],
} as const;
type Size = typeof FULL | typeof QUICK;
/** At a wearable's pace much of what is spent is what any commit costs: what values cost is seen when there are more. */
const BUSY = 5;

/** As often as devices ask by default; what acks cost is as it will be. */
const ACK_INTERVAL_MS = 2_000;
/** Where a run is to be short: each block waits for its last acks. */
const QUICK_ACK_INTERVAL_MS = 300;
/** As soon as it is durable: to see how long that takes. */
const AT_ONCE_MS = 0;
const HANDSHAKES_AT_ONCE = 16;
/** Blocks whose generator was later than this tell nothing of latency. */
const LATE_MS = 5;
/** A pair of which one was is made up for, so many times at most. */
const TIMED_AGAIN = 2;

interface Fleet {
  readonly encoding: WaveformEncoding;
  readonly load: LoadGenerator;
  readonly first: number;
}

async function measure(
  store: 'embedded' | 'influxdb',
  size: Size,
  { quick, show, signal }: BenchContext,
): Promise<StoreFindings> {
  await using open = new AsyncDisposableStack();
  const sink: LineSink | null = store === 'influxdb' ? open.use(await startLineSink()) : null;
  show(`starting a server, store ${store}`);
  const product = open.use(await startProduct({ environment: sink === null ? {} : influxAt(sink.url) }));
  const peers = await enrolPeers(product.rig, size.devices * 2, (done) => show(`${done} devices enrolled`));
  const fleets: readonly Fleet[] = [
    { encoding: 'json', load: open.use(new LoadGenerator()), first: 0 },
    { encoding: 'cbor', load: open.use(new LoadGenerator()), first: size.devices },
  ];
  const subject: WaveformSubject = { product, sink, written: new WrittenBytes(product.rig.server.data) };
  const { devices, seconds, busySeconds } = size;
  const blocks = async (count: number, speed: number, lasts: number): Promise<readonly WaveformPair[]> => {
    const found: WaveformPair[] = [];
    for (let pair = 0; pair < count; pair++) {
      const of = new Map<WaveformEncoding, WaveformBlock>();
      // Which comes first changes, so that what grows with time favours neither.
      for (const { encoding, load } of pair % 2 === 0 ? fleets : fleets.toReversed()) {
        signal.throwIfAborted();
        show(`${store}: pair ${pair + 1} of ${count}, ${encoding}`);
        const options = { name: `${encoding}, ${store}`, load, devices, speed, seconds: lasts, signal };
        of.set(encoding, await waveformBlock(subject, options));
      }
      const [json, cbor] = [of.get('json'), of.get('cbor')];
      if (json !== undefined && cbor !== undefined) found.push({ json, cbor });
    }
    return found;
  };
  await connect(product, peers, fleets, devices, quick ? QUICK_ACK_INTERVAL_MS : ACK_INTERVAL_MS);
  // The first blocks warm up what both share, and count for nothing.
  await blocks(1, BUSY, busySeconds);
  const pairs = await blocks(size.pairs, 1, seconds);
  const busy = await blocks(size.busyPairs, BUSY, busySeconds);
  for (const { load } of fleets) await load.call('drop', null);
  await connect(product, peers, fleets, devices, AT_ONCE_MS);
  let [timed] = await blocks(1, 1, seconds);
  for (let again = 0; !quick && again < TIMED_AGAIN && isLate(timed); again++)
    [timed] = await blocks(1, 1, seconds);
  return { store, devices, pairs, busy, timed: timed ?? null, lateMs: LATE_MS };
}

function isLate(pair: WaveformPair | undefined): boolean {
  return pair !== undefined && Math.max(pair.json.late, pair.cbor.late) > LATE_MS;
}

function influxAt(url: string): Readonly<Record<string, string>> {
  return { VITALWIRE_STORE: 'influxdb', INFLUX_VERSION: '1', INFLUX_URL: url };
}

async function connect(
  { port, rig }: Product,
  { path }: PeerFile,
  fleets: readonly Fleet[],
  count: number,
  ackIntervalMs: number,
): Promise<void> {
  const ca = authorityPaths(rig.server.certs, 'root').certificate;
  for (const { load, encoding, first } of fleets) {
    const dialect = { name: 'waveforms', encoding, ackIntervalMs } as const;
    const request = { port, ca, peers: path, first, count, dialect };
    await load.call('connect', { ...request, atOnce: HANDSHAKES_AT_ONCE, resume: true });
  }
}

async function run(context: BenchContext): Promise<BenchResult> {
  const size = context.quick ? QUICK : FULL;
  const stores: StoreFindings[] = [];
  for (const store of size.stores) stores.push(await measure(store, size, context));
  return waveformResult(stores);
}

export const WAVEFORMS: Benchmark = {
  name: 'waveforms',
  quick: 'only_when_asked',
  about: '200 devices with ECG at 250 Hz and PPG at 125 Hz: JSON against CBOR with typed arrays',
  run,
};
