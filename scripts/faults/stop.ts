import { sleep, systemClock } from '../../src/core/clock.ts';
import { alarmEventsIn } from './alarms-of.ts';
import { runLoadTrial } from './fleet/load-trial.ts';
import type { Scenario, TrialContext, TrialOutcome } from './scenario.ts';

const DEVICES = 20;
const RATE = 1_000;
const STOPPED_S = 30;
/** Everything was taken up again, and a sweep for silent devices came by twice. */
const GOES_ON_MS = 2_500;

/** SIGSTOP: the process stands still with every socket open, as when its machine is suspended or swaps. */
function trial(context: TrialContext): Promise<TrialOutcome> {
  const rate = context.asked.rate ?? RATE;
  const stoppedMs = (context.asked.outageS ?? STOPPED_S) * 1_000;
  return runLoadTrial({
    ...{ name: 'stop', context, devices: DEVICES, rate },
    harm: async ({ rig, fleet, random, signal, complain }) => {
      await sleep(systemClock(), random.below(500), signal);
      const before = fleet.phase();
      rig.server.signal('SIGSTOP');
      try {
        await sleep(systemClock(), stoppedMs, signal);
      } finally {
        rig.server.signal('SIGCONT');
      }
      fleet.phase();
      await sleep(systemClock(), GOES_ON_MS, signal);
      const false_alarms = alarmEventsIn(rig.server.data).length;
      if (false_alarms > 0)
        complain(`${false_alarms} alarm events came of a silence that was the server's own`);
      const reconnects = fleet.clients.reduce((sum, { stats }) => sum + stats.reconnects, 0);
      return { reconnects, false_alarms, ack_p99_before_ms: before.quantile(0.99) };
    },
  });
}

export const STOP: Scenario = {
  name: 'stop',
  about: `SIGSTOP for ${STOPPED_S} s under load: nothing is lost, and nobody is alarmed of a silence that was the server's own`,
  run: trial,
};
