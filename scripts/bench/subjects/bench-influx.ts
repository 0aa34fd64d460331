import { type Influxd, influxdMissing, startInfluxd } from '../../rig/influxd-process.ts';
import { pinning } from '../machine/pinned.ts';

/** Where a product that is measured stores its points. */
export interface BenchStore {
  /** Settings of a product that stores there. @param database each product's own, where several store in one server */
  readonly environment: (database: string) => Readonly<Record<string, string>>;
  /** Null: the embedded store takes the place of InfluxDB. */
  readonly influxd: Influxd | null;
  readonly notes: readonly string[];
}

/** A real InfluxDB on the load's cores, as it is another machine's; where it is not installed, the embedded store. */
export async function benchStore(within: AsyncDisposableStack): Promise<BenchStore> {
  const missing = influxdMissing();
  if (missing !== null)
    return {
      environment: () => ({ VITALWIRE_STORE: 'sqlite' }),
      influxd: null,
      notes: [`Stored in the embedded store, on the server's core, instead of InfluxDB: ${missing}`],
    };
  const influxd = within.use(await startInfluxd({ launcher: pinning('load') }));
  return {
    environment: (database) => ({
      VITALWIRE_STORE: 'influxdb',
      INFLUX_VERSION: '1',
      INFLUX_URL: influxd.url,
      INFLUX_DATABASE: database,
    }),
    influxd,
    notes: [],
  };
}
