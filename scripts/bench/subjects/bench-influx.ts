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

/** Of util-linux, as taskset is: runs when nobody else wants to, and gives way at once. */
const GIVES_WAY = ['chrt', '--idle', '0'];

/**
 * A real InfluxDB on the load's cores, as it is another machine's; where it is not installed, the embedded store.
 * @param givesWay where latencies are measured: who sends and who receives is not to wait for it
 */
export async function benchStore(
  within: AsyncDisposableStack,
  { givesWay = false }: { readonly givesWay?: boolean } = {},
): Promise<BenchStore> {
  const missing = influxdMissing();
  if (missing !== null)
    return {
      environment: () => ({ VITALWIRE_STORE: 'sqlite' }),
      influxd: null,
      notes: [`Stored in the embedded store, on the server's core, instead of InfluxDB: ${missing}`],
    };
  const influxd = within.use(
    await startInfluxd({ launcher: [...pinning('load'), ...(givesWay ? GIVES_WAY : [])] }),
  );
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
