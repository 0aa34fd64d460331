import { join } from 'node:path';
import type { Config, Secrets } from './config/config.ts';
import { influxStore } from './store/store-influxdb.ts';
import { sqliteStore } from './store/store-sqlite.ts';
import type { TelemetryStore } from './store/telemetry-store.ts';

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
