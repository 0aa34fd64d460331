import { type Served, serveCalls } from '../core/worker-calls.ts';
import type { DeviceMoments } from '../model/moments.ts';
import { TelemetryDatabase, type Track } from './store-sqlite-database.ts';
import type { PackedPoints } from './store-sqlite-rows.ts';
import type { Bucket, SamplesQuery, VitalsQuery, WaveformQuery } from './telemetry-store.ts';

/** What the telemetry worker can be asked. */
export interface TelemetryCalls {
  write(points: PackedPoints): void;
  values(query: VitalsQuery): Track[];
  buckets(query: VitalsQuery & { readonly resolutionMs: number }): Bucket[];
  samples(query: SamplesQuery): DeviceMoments[];
  waveform(query: WaveformQuery): Track[];
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
    countSamples: ({ device, from, to }) => database.countSamples(device, from, to),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  };
});
