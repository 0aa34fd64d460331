import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { VitalsPoint } from '../../../src/store/point.ts';
import { influxStore } from '../../../src/store/store-influxdb.ts';
import { sqliteStore } from '../../../src/store/store-sqlite.ts';
import type { TelemetryStore } from '../../../src/store/telemetry-store.ts';
import { startInfluxd } from '../../rig/influxd-process.ts';
import { pinning } from '../machine/pinned.ts';
import { databaseBytes, directoryBytes } from './file-sizes.ts';
import { measuredPoints } from './measured-points.ts';

export interface StoreLoad {
  readonly devices: number;
  /** Of each device. */
  readonly moments: number;
  readonly settledWithinMs: number;
  readonly signal: AbortSignal;
}

export interface StoreCapacity {
  readonly points: number;
  readonly pointsASecond: number;
  readonly bytesAPoint: number;
  /** What the size was taken of. */
  readonly as: string;
}

/** Points of one write. */
const BATCH = 5_000;
/** A cache that has been left alone for so long goes to disk, and files alike are merged: what takes minutes and hours by default. */
const SOON = [
  'env',
  'INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION=1s',
  'INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION=1s',
];
const LOOK_MS = 250;
/** As often unchanged it counts as settled. */
const LOOKS = 3;

/** How many points a second InfluxDB takes from one client, and what they leave on its disk. */
export async function influxCapacity(load: StoreLoad): Promise<StoreCapacity> {
  await using influxd = await startInfluxd({ launcher: [...SOON, ...pinning('load')] });
  await using store = influxStore({
    ...{ url: influxd.url, timeoutMs: 30_000, version: 1 as const, database: 'capacity' },
  });
  await store.open();
  const [data, wal] = [join(influxd.directory, 'data'), join(influxd.directory, 'wal')];
  const before = directoryBytes(data);
  const seconds = await written(store, load);
  const until = performance.now() + load.settledWithinMs;
  let [same, size] = [0, -1];
  while (same < LOOKS && performance.now() < until) {
    await sleep(systemClock(), LOOK_MS, load.signal);
    const now = directoryBytes(data);
    same = now === size && directoryBytes(wal) === 0 ? same + 1 : 0;
    size = now;
  }
  const bytes = directoryBytes(data) + directoryBytes(wal) - before;
  return capacityOf(
    load,
    seconds,
    bytes,
    same < LOOKS ? 'as it stood, not all of it compacted' : 'compacted',
  );
}

/** The same of the embedded store. */
export async function embeddedCapacity(load: StoreLoad): Promise<StoreCapacity> {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-capacity-'));
  try {
    const path = join(directory, 'telemetry.db');
    await using store = sqliteStore({ path });
    await store.open();
    const before = databaseBytes(path);
    const seconds = await written(store, load);
    return capacityOf(load, seconds, databaseBytes(path) - before, 'its pages');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function capacityOf(
  { devices, moments }: StoreLoad,
  seconds: number,
  bytes: number,
  as: string,
): StoreCapacity {
  const points = devices * moments;
  return { points, pointsASecond: points / seconds, bytesAPoint: bytes / points, as };
}

/** Writes everything, as many writes at once as the store is worth. Seconds that it took. */
async function written(store: TelemetryStore, { devices, moments, signal }: StoreLoad): Promise<number> {
  const all = measuredPoints(devices, moments, Date.now() - moments * 1_000);
  const began = performance.now();
  const lane = async (): Promise<void> => {
    for (let batch = next(all); batch.length > 0; batch = next(all)) {
      signal.throwIfAborted();
      await store.write(batch);
    }
  };
  await Promise.all(Array.from({ length: store.parallelWrites }, lane));
  return (performance.now() - began) / 1_000;
}

function next(all: Generator<VitalsPoint>): readonly VitalsPoint[] {
  const batch: VitalsPoint[] = [];
  while (batch.length < BATCH) {
    const { value, done } = all.next();
    if (done === true) break;
    batch.push(value);
  }
  return batch;
}
