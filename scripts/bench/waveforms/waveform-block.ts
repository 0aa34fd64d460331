import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { metricsOf } from '../../rig/server-state.ts';
import type { BlockCount } from '../benchmark.ts';
import { type LatencySummary, quantileOf } from '../load/latency-histogram.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import { FRAMES_PER_DEVICE, VALUES_PER_DEVICE } from '../load/waveform-dialect.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import type { Product } from '../subjects/product.ts';
import type { LineSink } from './line-sink.ts';
import type { WrittenBytes } from './written-bytes.ts';

/** A server that takes traces, and what is looked at beside it. */
export interface WaveformSubject {
  readonly product: Product;
  readonly written: WrittenBytes;
  /** Where it stores, when that is not its own disk. */
  readonly sink: LineSink | null;
}

export interface WaveformBlockOptions {
  readonly name: string;
  readonly load: LoadGenerator;
  readonly devices: number;
  /** 1: each device as it is; 5: as five of them would. */
  readonly speed: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** What one block of one encoding cost, all of it a second. */
export interface WaveformBlock {
  readonly cpuMs: number;
  /** Bytes of the TCP streams, to the server and from it. */
  readonly sent: number;
  readonly heard: number;
  readonly journal: number;
  readonly store: number;
  readonly values: number;
  readonly latency: LatencySummary;
  /** How late the generator was: p99, milliseconds. */
  readonly late: number;
  readonly count: BlockCount;
}

const DRAIN_WITHIN_MS = 10_000;
const STORED_WITHIN_MS = 20_000;
const LOOK_MS = 100;
const LAG = 'vitalwire_store_lag_records';

/** Sends the traces of all devices; CPU is counted until the last of it is in the store. @throws CodedError `waveforms_not_taken` */
export async function waveformBlock(
  { product, written, sink }: WaveformSubject,
  { name, load, devices, speed, seconds, signal }: WaveformBlockOptions,
): Promise<WaveformBlock> {
  const before = await load.call('counts', null);
  const wire = await load.call('wire', null);
  const posted = (await sink?.bytes()) ?? 0;
  const cpu = cpuTimeUs(product.pid);
  const run = await load.call('run', { rate: devices * speed * FRAMES_PER_DEVICE, seconds });
  await stored(product, signal);
  // Before the wait for the last acks, in which nothing is done that would have to be paid for.
  const spent = cpuTimeUs(product.pid) - cpu;
  const after = await load.call('drain', { withinMs: DRAIN_WITHIN_MS });
  if (after.troubles.length > 0) throw new CodedError('waveforms_not_taken', after.troubles.join('; '));
  const wired = await load.call('wire', null);
  const disk = written.take();
  return {
    cpuMs: spent / 1_000 / seconds,
    sent: (wired.written - wire.written) / seconds,
    heard: (wired.read - wire.read) / seconds,
    journal: disk.journal / seconds,
    store: (disk.store + ((await sink?.bytes()) ?? 0) - posted) / seconds,
    values: devices * speed * VALUES_PER_DEVICE,
    latency: await load.call('latency', null),
    late: quantileOf(run.offered.late, 99),
    count: {
      subject: name,
      acked: after.acked - before.acked,
      journaled: await product.journaled(),
    },
  };
}

/** Resolves when the store has what the journal has. */
async function stored({ rig }: Product, signal: AbortSignal): Promise<void> {
  const until = performance.now() + STORED_WITHIN_MS;
  for (;;) {
    await sleep(systemClock(), LOOK_MS, signal);
    const behind = (await metricsOf(rig)).get(LAG);
    if (behind === 0) return;
    if (performance.now() > until)
      throw new CodedError('waveforms_not_taken', `the store is ${behind} records behind the journal`);
  }
}
