import { type Served, serveCalls } from '../core/worker-calls.ts';
import type { DeviceMoments } from '../model/moments.ts';
import type { Observation } from '../model/observation.ts';
import { TelemetryDatabase, type Track } from './store-sqlite-database.ts';
import { newestStored, storedObservations } from './store-sqlite-observations.ts';
import type { PackedPoints } from './store-sqlite-rows.ts';
import type {
  Bucket,
  NewestQuery,
  NewestStored,
  ObservationsQuery,
  SamplesQuery,
  VitalsQuery,
  WaveformQuery,
} from './telemetry-store.ts';

/** What the telemetry worker can be asked. */
export interface TelemetryCalls {
  write(points: PackedPoints): void;
  values(query: VitalsQuery): Track[];
  buckets(query: VitalsQuery & { readonly resolutionMs: number }): Bucket[];
  samples(query: SamplesQuery): DeviceMoments[];
  waveform(query: WaveformQuery): Track[];
  newest(query: NewestQuery): NewestStored | null;
  observations(query: ObservationsQuery): Observation[];
  countSamples(query: { readonly device: string; readonly from: number; readonly to: number }): number;
}

serveCalls<TelemetryCalls, { readonly path: string }>(({ path }): Served<TelemetryCalls> => {
  const database = new TelemetryDatabase(path);
  return {
    write: (points) => database.write(points),
    values: (query) => database.values(query),
    buckets: (query) => database.buckets(query),
    samples: (query) => database.samples(query),
    waveform: (query) => database.waveform(query),
    newest: (query) => database.read((db) => newestStored(db, query)),
    observations: (query) => database.read((db) => storedObservations(db, query)),
    countSamples: ({ device, from, to }) => database.countSamples(device, from, to),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
});
