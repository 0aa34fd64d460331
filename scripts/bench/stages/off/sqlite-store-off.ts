import * as sound from '../../../../src/store/store-sqlite.ts';
import type { TelemetryStore } from '../../../../src/store/telemetry-store.ts';
import { dropping } from './dropping-store.ts';

/** In the place of the function of the same name. */
export function sqliteStore(options: sound.SqliteStoreOptions): TelemetryStore {
  return dropping(sound.sqliteStore(options));
}
