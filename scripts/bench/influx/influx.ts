import { fileURLToPath } from 'node:url';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import { type Influxd, influxdMissing } from '../../rig/influxd-process.ts';
import { metricsOf } from '../../rig/server-state.ts';
import { type BenchContext, type Benchmark, type BenchResult, medianOf } from '../benchmark.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import { benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { type Product, startProduct } from '../subjects/product.ts';
import { judgedBy } from '../targets.ts';
import type { CoreShareCalls } from './core-share-process.ts';
import type { RawCalls } from './raw-lines.ts';

const DATABASE = 'vitalwire';
/** `first`: the block that does not count. The ramp is what the writer needs to know how much comes: until then it takes what waits for a backlog, and paces it. */
const FULL = {
  devices: 200,
  rawLines: 1_600_000,
  pairs: 6,
  rampMs: 2_000,
  windowMs: 6_000,
  first: { rampMs: 2_000, windowMs: 6_000 },
};
const QUICK = {
  devices: 100,
  rawLines: 200_000,
  pairs: 2,
  rampMs: 1_800,
  windowMs: 1_500,
  first: { rampMs: 1_200, windowMs: 300 },
};
/** So many frames of a device are acked at once: in blocks of them none waits for the interval of acks to end. */
const ACKED_AT_ONCE = 32;
/** Moments a frame: neither sockets nor the journal are what is measured. */
const SAMPLES = 100;
/** As many as the product's writer has under way, and of a size that it comes to. */
const RAW = { writes: 4, bodyLines: 10_000 };
/** A little more than InfluxDB takes, so that it, and not what is offered, is the bound. */
const OF_RAW = 1.03;
/** Nor more than the product's one core takes, at what a line cost it last: it must have time left for the store. */
const OF_CORE = 0.95;
/** Of what raw posts get through with InfluxDB's core to themselves: the first guess at what it takes beside a generator. */
const OF_FIRST_RAW = 0.7;
const ACK_INTERVAL_MS = 2_000;
const WRITTEN = 'vitalwire_store_written_moments';
const WITHIN_MS = 60_000;
/** Each look is a request that the product answers on its one core. */
const LOOK_MS = 100;
const POSTER = fileURLToPath(new URL('./raw-post-process.ts', import.meta.url));
const CORE_SHARE = fileURLToPath(new URL('./core-share-process.ts', import.meta.url));

/** Of a block of the product. */
type Times = Pick<typeof FULL, 'rampMs' | 'windowMs'>;

/** What one block measured. */
interface Block {
  readonly linesPerS: number;
}

interface ProductBlock extends Block {
  /** CPU of the product, all its threads. Microseconds. */
  readonly usPerLine: number;
  /** How much of a core the generator took while lines were counted. */
  readonly generatorShare: number;
  readonly frames: number;
}

interface Pair {
  readonly raw: Block;
  readonly product: ProductBlock;
}

async function run({ quick, profile, signal, show }: BenchContext): Promise<BenchResult> {
  const size = quick ? QUICK : FULL;
  show('starting the servers');
  await using open = new AsyncDisposableStack();
  const store = await benchStore(open);
  if (store.influxd === null) return { figures: [], notes: store.notes };
  const { influxd } = store;
  const environment = store.environment(DATABASE);
  const product = open.use(await startProduct({ environment, profile }));
  const poster = open.use(new LoadGenerator<RawCalls>(POSTER, 'server'));
  const load = open.use(new LoadGenerator());
  const coreShare = open.use(new LoadGenerator<CoreShareCalls>(CORE_SHARE));
  await connect(product, load, size.devices, show);
  const blocks = new Blocks({ influxd, product, load, poster, coreShare, signal }, size);
  show('warming up');
  await blocks.prepare();
  let ofRaw = OF_FIRST_RAW * (await blocks.raw(0)).linesPerS;
  let last = await blocks.product(ofRaw, size.first);
  const raw = async (): Promise<Block> => {
    const block = await blocks.raw(last.generatorShare);
    ofRaw = block.linesPerS;
    return block;
  };
  const through = async (): Promise<ProductBlock> => {
    const rate = Math.min(ofRaw * OF_RAW, (OF_CORE * 1e6) / last.usPerLine);
    last = await blocks.product(rate, size);
    return last;
  };
  const pairs: Pair[] = [];
  for (let i = 0; i < size.pairs; i++) {
    show(`pair ${i + 1} of ${size.pairs}`);
    // Which comes first changes, so that what grows with time favours neither.
    if (i % 2 === 0) pairs.push({ raw: await raw(), product: await through() });
    else pairs.push({ product: await through(), raw: await raw() });
  }
  return {
    figures: [
      {
        ...{ ...judgedBy('P8'), name: 'lines/s, through the product / posted raw', unit: '' },
        ...medianOf(pairs.map(({ raw, product }) => product.linesPerS / raw.linesPerS)),
      },
      {
        name: 'lines/s through the product',
        unit: '/s',
        ...medianOf(pairs.map((pair) => pair.product.linesPerS)),
      },
      { name: 'lines/s posted raw', unit: '/s', ...medianOf(pairs.map(({ raw }) => raw.linesPerS)) },
      {
        name: 'CPU a line of the whole product',
        unit: 'us',
        ...medianOf(pairs.map((pair) => pair.product.usPerLine)),
      },
      {
        name: 'of a core that the generator took',
        unit: '',
        ...medianOf(pairs.map((pair) => pair.product.generatorShare)),
      },
    ],
    blocks: pairs.map(({ product }) => ({
      ...{ subject: 'product', acked: product.frames, journaled: product.frames },
    })),
    notes: [
      `${SAMPLES} moments a frame of three vitals each, a line each; every line that was acked was counted in InfluxDB. Lines a second are those that InfluxDB confirmed from ${size.rampMs} to ${size.rampMs + size.windowMs} ms after the first frame, while frames kept coming; what is left then is written and counted too.`,
      `InfluxDB has the load's core, and shares it: in the product's blocks with the generator of the load, in raw blocks with a process that takes as much of it as the generator did last. Raw lines are made beforehand and posted from the server's core, ${RAW.writes} bodies of ${RAW.bodyLines} lines at once. The database is made anew before each block.`,
    ],
  };
}

async function connect(
  { rig, port }: Product,
  load: LoadGenerator,
  devices: number,
  show: BenchContext['show'],
): Promise<void> {
  const peers = await enrolPeers(rig, devices, (done) => show(`${done} devices`));
  await load.call('connect', {
    ...{ port, ca: authorityPaths(rig.server.certs, 'root').certificate, peers: peers.path },
    ...{ first: 0, count: devices, atOnce: 20, resume: false },
    dialect: { name: 'product', ackIntervalMs: ACK_INTERVAL_MS, samples: SAMPLES },
  });
}

/** What the store has confirmed since the start. */
async function writtenMoments({ rig }: Product): Promise<number> {
  return (await metricsOf(rig)).get(WRITTEN) ?? 0;
}

interface Parts {
  readonly influxd: Influxd;
  readonly product: Product;
  readonly load: LoadGenerator;
  readonly poster: LoadGenerator<RawCalls>;
  readonly coreShare: LoadGenerator<CoreShareCalls>;
  readonly signal: AbortSignal;
}

class Blocks {
  readonly #parts: Parts;
  readonly #size: typeof FULL;

  constructor(parts: Parts, size: typeof FULL) {
    this.#parts = parts;
    this.#size = size;
  }

  /** Makes the lines of all raw blocks: the database is empty before each. */
  async prepare(): Promise<void> {
    const { devices, rawLines: lines } = this.#size;
    const from = Date.now() - WITHIN_MS;
    await this.#parts.poster.call('prepare', { ...RAW, devices, lines, samples: SAMPLES, from });
  }

  /**
   * What InfluxDB takes with nothing between it and lines that are there already. The generator's work is another
   * machine's as InfluxDB's is, but here they have one core: without the like of it beside raw posts, InfluxDB would have
   * a whole core in one block and what the generator leaves it in the other.
   * @param share of the core that is taken beside it
   * @throws CodedError `bench_lines_missing`
   */
  async raw(share: number): Promise<Block> {
    const { influxd, poster, coreShare, signal } = this.#parts;
    const { rawLines: lines } = this.#size;
    signal.throwIfAborted();
    await this.#emptied();
    const url = `${influxd.url}/write?db=${DATABASE}&precision=u`;
    await coreShare.call('take', { share });
    const { seconds } = await poster.call('post', { url });
    await coreShare.call('take', { share: 0 });
    await this.#counted(lines);
    return { linesPerS: lines / seconds };
  }

  /** @param rate lines a second that are offered @param times before lines are counted, and while they are @throws CodedError `bench_lines_missing`, `bench_not_journaled` */
  async product(rate: number, { rampMs, windowMs }: Times): Promise<ProductBlock> {
    const { product, load, signal } = this.#parts;
    const { devices } = this.#size;
    signal.throwIfAborted();
    await this.#emptied();
    const before = await load.call('counts', null);
    const turns = Math.ceil((rate * (rampMs + windowMs)) / 1_000 / (SAMPLES * devices * ACKED_AT_ONCE));
    const frames = turns * devices * ACKED_AT_ONCE;
    const lines = frames * SAMPLES;
    const wanted = (await writtenMoments(product)) + lines;
    const cpu = cpuTimeUs(product.pid);
    const profiled = product.profile?.begin();
    const running = load.call('run', { rate: rate / SAMPLES, seconds: lines / rate });
    // Heard of below: until then the window is waited for.
    running.catch(() => undefined);
    await sleep(systemClock(), rampMs, signal);
    const window = await this.#window(windowMs);
    await running;
    // Acks may wait for seconds; the store does not wait for them.
    const until = performance.now() + WITHIN_MS;
    while ((await writtenMoments(product)) < wanted && performance.now() < until)
      await sleep(systemClock(), LOOK_MS, signal);
    const usPerLine = (cpuTimeUs(product.pid) - cpu) / lines;
    profiled?.(`as fast as InfluxDB takes it, a frame is ${SAMPLES} lines`, frames);
    const { sent, acked, troubles } = await load.call('drain', { withinMs: WITHIN_MS });
    const journaled = await product.journaled();
    if (troubles.length > 0 || sent - before.sent !== frames || acked !== sent || journaled !== frames)
      throw new CodedError(
        'bench_not_journaled',
        `of ${sent - before.sent} frames ${acked - before.acked} were acked and ${journaled} journaled ${troubles.join('; ')}`,
      );
    await this.#counted(lines);
    return { ...window, usPerLine, frames };
  }

  /** What gets through, and what the generator takes for it, while it lasts. */
  async #window(ms: number): Promise<Pick<ProductBlock, 'linesPerS' | 'generatorShare'>> {
    const { product, load, signal } = this.#parts;
    const look = async (): Promise<{ at: number; lines: number; cpuUs: number }> => {
      const asked = performance.now();
      const lines = await writtenMoments(product);
      const at = (asked + performance.now()) / 2;
      return { at, lines, cpuUs: load.pid === undefined ? 0 : cpuTimeUs(load.pid) };
    };
    const begin = await look();
    await sleep(systemClock(), ms, signal);
    const end = await look();
    const seconds = (end.at - begin.at) / 1_000;
    return {
      linesPerS: (end.lines - begin.lines) / seconds,
      generatorShare: (end.cpuUs - begin.cpuUs) / 1e6 / seconds,
    };
  }

  async #emptied(): Promise<void> {
    const { influxd } = this.#parts;
    await influxd.query(`DROP DATABASE ${DATABASE}`);
    await influxd.query(`CREATE DATABASE ${DATABASE}`);
  }

  async #counted(lines: number): Promise<void> {
    const { results } = await this.#parts.influxd.query('SELECT COUNT(spo2) FROM vitals', DATABASE);
    const count = Number(results[0]?.series?.[0]?.values[0]?.[1] ?? 0);
    if (count !== lines)
      throw new CodedError('bench_lines_missing', `InfluxDB has ${count} of ${lines} lines`);
  }
}

export const INFLUX: Benchmark = {
  name: 'influx',
  about: 'InfluxDB lines/s through the whole product against lines posted raw to the same server',
  targets: ['P8'],
  missing: influxdMissing,
  run,
};
