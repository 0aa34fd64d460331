import { once } from 'node:events';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { type LoadTrialOptions, runLoadTrial } from './fleet/load-trial.ts';
import type { Scenario, TrialContext, TrialOutcome } from './scenario.ts';

const DEVICES = 20;
/** Frames a second of all devices, and how many of them must have been offered for the trial to show anything. */
const RATE = 5_500;
const OFFERED_SHARE = 0.9;
/** R1 of the design: ready again. */
const READY_WITHIN_MS = 5_000;
const MAX_MOMENT_MS = 1_200;
const BACK_WITHIN_MS = 30_000;
const GOES_ON_MS = 200;

/** SIGKILL amid a stream, at a random moment or right on an ack, and a start on what is left. @param options what is to be tried */
export async function killUnderLoad(
  name: string,
  context: TrialContext,
  options: Pick<LoadTrialOptions, 'server' | 'meantToFail'> = {},
): Promise<TrialOutcome> {
  const rate = context.asked.rate ?? RATE;
  return await runLoadTrial({
    ...{ name, context, devices: DEVICES, rate, offeredAtLeast: rate * OFFERED_SHARE, ...options },
    harm: async ({ rig, fleet, random, signal, late }) => {
      if (random.below(2) === 0) await rig.server.killAfter(random.below(MAX_MOMENT_MS * 1_000) / 1_000);
      else {
        await sleep(systemClock(), random.below(MAX_MOMENT_MS), signal);
        // In the very moment an ack arrives: what it promised has had no time to come true later.
        await once(random.pick(fleet.clients), 'acked', { signal });
        await rig.server.kill();
      }
      const before = fleet.phase();
      const tooLong = AbortSignal.timeout(BACK_WITHIN_MS);
      const back = Promise.all(fleet.clients.map((client) => once(client, 'connected', { signal: tooLong })));
      const began = performance.now();
      await rig.server.startAgain();
      const ready_ms = Math.round(performance.now() - began);
      if (ready_ms > READY_WITHIN_MS) late(`the server was ready only after ${ready_ms} ms`);
      await back;
      const back_ms = Math.round(performance.now() - began);
      await sleep(systemClock(), GOES_ON_MS, signal);
      return { ready_ms, back_ms, ack_p99_ms: before.quantile(0.99) };
    },
  });
}

export const KILL: Scenario = {
  name: 'kill',
  about: `SIGKILL at a random moment of ${RATE} frames a second; nothing acked is lost, doubled or changed`,
  run: (context) => killUnderLoad('kill', context),
};
