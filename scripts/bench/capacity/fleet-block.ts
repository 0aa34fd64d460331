import { join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { BlockCount } from '../benchmark.ts';
import type { LoadGenerator } from '../load/load-generator.ts';
import { cpuTimeUs } from '../machine/cpu-time.ts';
import { writtenBytes } from '../machine/written-bytes.ts';
import type { Product } from '../subjects/product.ts';
import { numbersOf } from './file-sizes.ts';

const DRAINED_WITHIN_MS = 15_000;

/** What a stretch of load cost the server. */
export interface FleetBlock extends BlockCount {
  /** In which frames were sent. */
  readonly seconds: number;
  readonly cpuUs: number;
  /** Commits of the journal, an fsync each. */
  readonly commits: number;
  /** Bytes of records in the journal. */
  readonly journalBytes: number;
  /** Bytes that the server gave to the disk, journal, store and alarm log together. */
  readonly diskBytes: number;
}

export interface BlockLoad {
  readonly load: LoadGenerator;
  readonly rate: number;
  readonly seconds: number;
  /** Sends beside `load`, and is acked by when the block ends. Frames acked. */
  readonly beside?: () => Promise<number>;
}

/** Runs a load to its last ack. @throws CodedError `load_failed`: what was sent was not acked, or not kept */
export async function fleetBlock(
  product: Product,
  { load, rate, seconds, beside }: BlockLoad,
): Promise<FleetBlock> {
  const journal = join(product.rig.server.data, 'journal.db');
  const reading = (): readonly number[] =>
    numbersOf(journal, 'SELECT position, total FROM batches ORDER BY position DESC LIMIT 1');
  const { acked: before } = await load.call('counts', null);
  const [fromPosition = 0, fromTotal = 0] = reading();
  const [cpu, disk, began] = [cpuTimeUs(product.pid), writtenBytes(product.pid), performance.now()];
  const sending = async () => {
    await load.call('run', { rate, seconds });
    const took = (performance.now() - began) / 1_000;
    return { took, ...(await load.call('drain', { withinMs: DRAINED_WITHIN_MS })) };
  };
  const [{ took, sent, acked, troubles }, more] = await Promise.all([sending(), beside?.() ?? 0]);
  const [cpuUs, diskBytes] = [cpuTimeUs(product.pid) - cpu, writtenBytes(product.pid) - disk];
  if (sent !== acked)
    throw new CodedError('load_failed', `${acked} of ${sent} frames were acked: ${troubles.join('; ')}`);
  const [position = 0, total = 0] = reading();
  const frames = acked - before + more;
  const journaled = await product.journaled();
  if (journaled !== frames)
    throw new CodedError('load_failed', `${frames} frames were acked, ${journaled} are in the journal`);
  return {
    ...{ subject: 'product', acked: frames, journaled, seconds: took, cpuUs, diskBytes },
    ...{ commits: position - fromPosition, journalBytes: total - fromTotal },
  };
}

/** What the server does with nobody saying anything: heartbeats and sweeps. Microseconds a second. */
export async function idleUs(product: Product, seconds: number, signal: AbortSignal): Promise<number> {
  const [cpu, began] = [cpuTimeUs(product.pid), performance.now()];
  await sleep(systemClock(), seconds * 1_000, signal);
  return ((cpuTimeUs(product.pid) - cpu) * 1_000) / (performance.now() - began);
}
