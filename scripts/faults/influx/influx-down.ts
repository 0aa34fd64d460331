import { sleep, systemClock } from '../../../src/core/clock.ts';
import { type Influxd, influxdMissing, startInfluxd } from '../../rig/influxd-process.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';
import { storeTrial } from './store-trial.ts';

/** Some time within it, the store goes. */
const MAX_MOMENT_MS = 1_000;
const LEAST_AWAY_MS = 4_000;
const MOST_AWAY_MS = 8_000;

/** Takes InfluxDB away for a while. @param gone makes it so @param back undoes it */
export async function influxAway(
  name: string,
  context: TrialContext,
  { gone, back }: Record<'gone' | 'back', (influxd: Influxd) => Promise<void> | void>,
): Promise<TrialOutcome> {
  await using influxd = await startInfluxd();
  return await storeTrial({
    ...{ name, context, influxd },
    trouble: async ({ random, signal, asked }, begins) => {
      await sleep(systemClock(), random.below(MAX_MOMENT_MS), signal);
      const seeded = LEAST_AWAY_MS + random.below(MOST_AWAY_MS - LEAST_AWAY_MS);
      begins();
      await gone(influxd);
      await sleep(systemClock(), asked.outageS === null ? seeded : asked.outageS * 1_000, signal);
      await back(influxd);
    },
  });
}

export const INFLUX_DOWN: Scenario = {
  name: 'influx-down',
  about:
    'InfluxDB killed under load and started again seconds later, or --outage: nothing lost, acks in time, the backlog drained in order',
  missing: influxdMissing,
  run: (context) =>
    influxAway('influx-down', context, {
      gone: (influxd) => influxd.kill(),
      back: (influxd) => influxd.restart(),
    }),
};
