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
import type { RawCalls } from './raw-lines.ts';

const DATABASE = 'vitalwire';
const FULL = { devices: 100, lines: 640_000, pairs: 6, warmUpLines: 320_000 };
/** A block is 32 frames of each device, or twice that, which are acked at once: none waits for the interval of acks to end. */
const QUICK = { devices: 50, lines: 160_000, pairs: 3, warmUpLines: 160_000 };
/** Moments a frame: neither sockets nor the journal are what is measured. */
const SAMPLES = 100;
/** As many as the product's writer has under way, and of a size that it comes to. */
const RAW = { writes: 4, bodyLines: 10_000 };
/** Raw posts got through so much: the product need not be offered more than a little over that. */
const OF_RAW = 1.1;
/**
 * Nor more than its one core takes, at what a line cost it last: beyond that a backlog is read back from disk, which is
 * another matter. By its CPU and not by the lines that it got through, since each block ends with a wait.
 */
const OF_CORE = 0.9;
const ACK_INTERVAL_MS = 2_000;
const WRITTEN = 'vitalwire_store_written_moments';
const WITHIN_MS = 60_000;
const LOOK_MS = 20;
const POSTER = fileURLToPath(new URL('./raw-post-process.ts', import.meta.url));

/** What one block measured. */
interface Block {
  readonly linesPerS: number;
}

interface ProductBlock extends Block {
  /** CPU of the product, all its threads. Microseconds. */
  readonly usPerLine: number;
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
  await connect(product, load, size.devices, show);
  const blocks = new Blocks({ influxd, product, load, poster, devices: size.devices, signal });
  show('warming up');
  let ofRaw = (await blocks.raw(size.warmUpLines)).linesPerS;
  let { usPerLine } = await blocks.product(size.warmUpLines, ofRaw / 2);
  const measured = async (): Promise<ProductBlock> => {
    const block = await blocks.product(size.lines, Math.min(ofRaw * OF_RAW, (OF_CORE * 1e6) / usPerLine));
    usPerLine = block.usPerLine;
    return block;
  };
  const pairs: Pair[] = [];
  for (let i = 0; i < size.pairs; i++) {
    show(`pair ${i + 1} of ${size.pairs}`);
    // Which comes first changes, so that what grows with time favours neither.
    const productFirst = i % 2 === 1 ? await measured() : null;
    const raw = await blocks.raw(size.lines);
    ofRaw = raw.linesPerS;
    pairs.push({ raw, product: productFirst ?? (await measured()) });
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
    ],
    blocks: pairs.map(({ product }) => ({
      ...{ subject: 'product', acked: product.frames, journaled: product.frames },
    })),
    notes: [
      `${SAMPLES} moments a frame of three vitals each, a line each; every line that was acked was counted in InfluxDB. Time runs from the first frame until the store has the last line.`,
      `InfluxDB has the load's core, and in the product's blocks shares it with the generator of the load. Raw lines are made beforehand and posted from the server's core, ${RAW.writes} bodies of ${RAW.bodyLines} lines at once. The database is made anew before each block.`,
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
  readonly devices: number;
  readonly signal: AbortSignal;
}

class Blocks {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws CodedError `bench_lines_missing` */
  async raw(lines: number): Promise<Block> {
    const { influxd, poster, devices, signal } = this.#parts;
    signal.throwIfAborted();
    const from = Date.now() - WITHIN_MS;
    await poster.call('prepare', { ...RAW, devices, lines, samples: SAMPLES, from });
    await this.#emptied();
    const url = `${influxd.url}/write?db=${DATABASE}&precision=u`;
    const { seconds } = await poster.call('post', { url });
    await this.#counted(lines);
    return { linesPerS: lines / seconds };
  }

  /** @param rate lines a second that are offered @throws CodedError `bench_lines_missing`, `bench_not_journaled` */
  async product(lines: number, rate: number): Promise<ProductBlock> {
    const { product, load, signal } = this.#parts;
    signal.throwIfAborted();
    await this.#emptied();
    const before = await load.call('counts', null);
    const wanted = (await writtenMoments(product)) + lines;
    const profiled = product.profile?.begin();
    const [frames, cpu, began] = [lines / SAMPLES, cpuTimeUs(product.pid), performance.now()];
    await load.call('run', { rate: rate / SAMPLES, seconds: lines / rate });
    // Acks may wait for seconds; the store does not wait for them.
    const until = performance.now() + WITHIN_MS;
    while ((await writtenMoments(product)) < wanted && performance.now() < until)
      await sleep(systemClock(), LOOK_MS, signal);
    const seconds = (performance.now() - began) / 1_000;
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
    return { linesPerS: lines / seconds, usPerLine, frames };
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
