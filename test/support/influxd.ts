import * as rig from '../../scripts/rig/influxd-process.ts';

export type Influxd = rig.Influxd;

/** Whether `influxd` can be started here; with CI set its absence is a failure instead of a skip. */
export function influxdMissing(): string | false {
  const why = rig.influxdMissing();
  if (why !== null && process.env.CI === 'true') throw new Error(`CI needs influxd: ${why}`);
  return why ?? false;
}

/** A real InfluxDB 1.x server of a test's own: free ports, its own directory, gone when disposed of. */
export function startInfluxd(options?: rig.InfluxdOptions): Promise<Influxd> {
  return rig.startInfluxd(options);
}
