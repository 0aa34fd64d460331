import { once } from 'node:events';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { runLoadTrial } from './fleet/load-trial.ts';
import type { Scenario, TrialContext, TrialOutcome } from './scenario.ts';

const DEVICES = 150;
const RATE = 1_500;
/** As the product's client does it: the first wait is drawn from [0, 500 ms). */
const BACKOFF = { withJitter: { baseMs: 500, capMs: 30_000 }, later: { baseMs: 5_000, capMs: 120_000 } };
const STOPPED_WITHIN_MS = 15_000;
const BACK_WITHIN_MS = 60_000;
/** Of the sessions that come back, those that must have been resumed: a full handshake costs several times as much. */
const RESUMED_SHARE = 0.9;
/** Connections of the fleet in the busiest tenth of a second, as a share of all: more is no jitter. */
const PEAK_SHARE = 0.6;
const PEAK_MS = 100;

/** A planned restart with the whole fleet connected. */
function trial(context: TrialContext): Promise<TrialOutcome> {
  const rate = context.asked.rate ?? RATE;
  return runLoadTrial({
    ...{ name: 'fleet-restart', context, devices: DEVICES, rate, client: { backoff: BACKOFF } },
    harm: async ({ rig, fleet, signal, complain, late }) => {
      const codes = fleet.clients.map(async (client) => {
        const [closed] = await once(client, 'closed', { signal });
        return (closed as { readonly code: number }).code;
      });
      const resumedBefore = resumedOf(fleet);
      const began = performance.now();
      const code = await rig.server.stop();
      const stop_ms = Math.round(performance.now() - began);
      if (code !== 0) complain(`the server ended with ${code}`);
      if (stop_ms > STOPPED_WITHIN_MS) late(`the server took ${stop_ms} ms to stop`);
      const told = (await Promise.all(codes)).filter((one) => one === 1012).length;
      if (told < DEVICES) complain(`only ${told} of ${DEVICES} devices were told 1012`);
      const tooLong = AbortSignal.timeout(BACK_WITHIN_MS);
      const times: number[] = [];
      const back = fleet.clients.map(async (client) => {
        await once(client, 'connected', { signal: tooLong });
        times.push(performance.now());
      });
      await rig.server.startAgain();
      const ready = performance.now();
      await Promise.all(back);
      const resumed = resumedOf(fleet) - resumedBefore;
      if (resumed < DEVICES * RESUMED_SHARE)
        complain(`only ${resumed} of ${DEVICES} TLS sessions were resumed`);
      const peak = busiest(times);
      if (peak > DEVICES * PEAK_SHARE) late(`${peak} of ${DEVICES} devices came within ${PEAK_MS} ms`);
      await sleep(systemClock(), 200, signal);
      return { told, stop_ms, back_ms: Math.round(Math.max(...times) - ready), resumed, peak };
    },
  });
}

function resumedOf({
  clients,
}: {
  readonly clients: readonly { readonly stats: { readonly resumedSessions: number } }[];
}): number {
  return clients.reduce((sum, { stats }) => sum + stats.resumedSessions, 0);
}

/** The most events within any 100 ms. */
function busiest(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [i, time] of sorted.entries()) {
    while (time - (sorted[from] ?? time) > PEAK_MS) from += 1;
    most = Math.max(most, i - from + 1);
  }
  return most;
}

export const FLEET_RESTART: Scenario = {
  name: 'fleet-restart',
  about: `SIGTERM with ${DEVICES} devices connected: 1012 to each, resumed TLS and jitter on the way back, nobody lost`,
  run: trial,
};
