import { influxdMissing } from '../../rig/influxd-process.ts';
import type { Scenario } from '../scenario.ts';
import { influxAway } from './influx-down.ts';

export const INFLUX_HANG: Scenario = {
  name: 'influx-hang',
  about:
    'InfluxDB stopped (SIGSTOP) for seconds, or --outage: it takes connections and answers nothing; the same must hold',
  missing: influxdMissing,
  run: (context) =>
    influxAway('influx-hang', context, {
      gone: (influxd) => influxd.hang(),
      back: (influxd) => influxd.resume(),
    }),
};
