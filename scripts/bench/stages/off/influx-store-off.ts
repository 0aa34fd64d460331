import * as sound from '../../../../src/store/store-influxdb.ts';
import type { TelemetryStore } from '../../../../src/store/telemetry-store.ts';
import { dropping } from './dropping-store.ts';

/** In the place of the function of the same name. */
export function influxStore(options: Parameters<typeof sound.influxStore>[0]): TelemetryStore {
  return dropping(sound.influxStore(options));
}
