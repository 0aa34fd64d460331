import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { ServerProcess } from '../../rig/server-process.ts';
import { alarmEventsIn } from '../alarms-of.ts';
import { runLoadTrial } from '../fleet/load-trial.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';
import { until } from '../until.ts';
import { FarNetwork, networkMissing } from './far-network.ts';

const DEVICES = 8;
const RATE = 400;
const HEARTBEAT_S = 2;
/** R5 of the design: within two heartbeats. The rest is for the log line to come here. */
const FOUND_WITHIN_MS = 2 * HEARTBEAT_S * 1_000 + 500;
const ALARMED_WITHIN_MS = 40_000;

/** Wearables go out of reach without a word: the server's sockets stay open until its heartbeats are not answered. */
async function trial(context: TrialContext): Promise<TrialOutcome> {
  await using network = new FarNetwork();
  return await runLoadTrial({
    ...{ name: 'half-open', context, devices: DEVICES, rate: context.asked.rate ?? RATE },
    server: { environment: { VITALWIRE_HOST: '0.0.0.0', VITALWIRE_HEARTBEAT_S: String(HEARTBEAT_S) } },
    connectThrough: async (rig) => {
      const address = await network.relayTo(rig.server.devicePort);
      return { url: `https://${address}`, serverName: 'localhost' };
    },
    harm: async ({ rig, signal, complain, late }) => {
      const lostBefore = lostIn(rig.server);
      const began = performance.now();
      network.swallow();
      let found_ms = 0;
      try {
        await until(() => lostIn(rig.server) - lostBefore >= DEVICES, ALARMED_WITHIN_MS, signal);
        found_ms = Math.round(performance.now() - began);
        if (found_ms > FOUND_WITHIN_MS) late(`the peers were found to be gone after ${found_ms} ms`);
        const offline = (): number => offlineIn(rig.server.data);
        if (!(await until(() => offline() >= DEVICES, ALARMED_WITHIN_MS, signal)))
          complain(`device_offline was raised for ${offline()} of ${DEVICES} devices`);
      } finally {
        network.carry();
      }
      const alarmed_ms = Math.round(performance.now() - began);
      await sleep(systemClock(), 500, signal);
      return { found_ms, alarmed_ms };
    },
  });
}

function lostIn({ log }: ServerProcess): number {
  return log.filter((line) => line.includes('"device_closed"') && line.includes('"code":4408')).length;
}

/** Patients whose device was missed. */
function offlineIn(data: string): number {
  const raised = alarmEventsIn(data).filter(
    ({ event, alarm }) =>
      event === 'raised' && alarm.kind === 'technical' && alarm.condition === 'device_offline',
  );
  return new Set(raised.map(({ alarm }) => alarm.patient)).size;
}

export const HALF_OPEN: Scenario = {
  name: 'half-open',
  about:
    'wearables out of reach with their sockets open: found within two heartbeats, device_offline raised, nothing lost',
  missing: networkMissing,
  run: trial,
};
