import { join } from 'node:path';
import type { Config, Secrets } from './config/config.ts';
import type { Clock, EpochMs } from './core/clock.ts';
import type { Journal } from './journal/journal.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import { openQuarantine } from './store/quarantine.ts';
import { RefusalNotice } from './store/refusal-notice.ts';
import { influxStore } from './store/store-influxdb.ts';
import { observeQuarantine, observeStores, storeWrites } from './store/store-metrics.ts';
import { sqliteStore } from './store/store-sqlite.ts';
import type { TelemetryStore } from './store/telemetry-store.ts';
import { startWriter, type Writer } from './store/writer.ts';

/** The store that the configuration names; `data` is the directory of the embedded one. */
export function openStore({ store }: Config, secrets: Secrets, data: string): TelemetryStore {
  if (store.kind === 'sqlite') return sqliteStore({ path: join(data, 'telemetry.db') });
  const shared = {
    url: store.url,
    timeoutMs: store.timeoutMs,
    ...(secrets.influxToken ? { token: secrets.influxToken } : {}),
  };
  switch (store.version) {
    case 1:
      return influxStore({
        ...shared,
        version: 1,
        database: store.database,
        ...(store.username ? { username: store.username } : {}),
        ...(secrets.influxPassword ? { password: secrets.influxPassword } : {}),
      });
    case 2:
      return influxStore({ ...shared, version: 2, org: store.org, bucket: store.bucket });
    case 3:
      return influxStore({ ...shared, version: 3, database: store.database });
  }
}

export interface WriterParts {
  readonly journal: Journal;
  readonly store: TelemetryStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** The data directory, for what the store refuses. */
  readonly data: string;
}

/** A writer of which is known since when it has trouble. */
export interface WatchedWriter extends Writer {
  /** Epoch ms; null: the store takes what is written. */
  failingSince(): EpochMs | null;
}

/** Starts what carries the journal into the store, and sets aside what that refuses. */
export async function openWriter({ log, metrics, data, ...parts }: WriterParts): Promise<WatchedWriter> {
  const { clock } = parts;
  let failingSince: EpochMs | null = null;
  const quarantine = await openQuarantine({ path: join(data, 'quarantine.db'), clock });
  const notice = new RefusalNotice({
    clock,
    tell: (points, { code }) =>
      log.warn(
        { event: 'points_refused', points, code },
        `the store refused ${points} points, which are set aside: npm run quarantine -- list`,
      ),
  });
  const writer = startWriter({
    ...parts,
    quarantine: async (point, error) => {
      await quarantine.add(point, error);
      notice.refused(error);
    },
    onWrite: storeWrites(metrics),
    onState: (status) => {
      failingSince = status.lastError === null ? null : (failingSince ?? clock.now());
      log[status.lastError ? 'warn' : 'info'](
        { event: 'store_writer', ...status },
        `store writer is ${status.state}`,
      );
    },
  });
  observeStores(metrics, writer);
  observeQuarantine(metrics, quarantine, clock);
  return {
    status: () => writer.status(),
    failingSince: () => failingSince,
    drained: () => writer.drained(),
    async [Symbol.asyncDispose]() {
      await writer[Symbol.asyncDispose]();
      notice[Symbol.dispose]();
      await quarantine[Symbol.asyncDispose]();
    },
  };
}
