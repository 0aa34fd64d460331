import { once } from 'node:events';
import { influxdMissing, startInfluxd } from '../../rig/influxd-process.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';
import { answerPlan } from './answer-plan.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { foundInInflux } from './found-in-influx.ts';
import { foundInQuarantine } from './found-in-quarantine.ts';
import { bothOf, RefusedMoments } from './refused-moments.ts';
import { DEVICES, storeTrial, TIMEOUT_MS } from './store-trial.ts';

/** A late answer comes when the writer has given up waiting. */
const LATE_MS = TIMEOUT_MS + 300;
const RETRY_AFTER_S = 1;
const PLAN_WITHIN_MS = 60_000;

/** Every error a store behind a proxy can answer with, among them genuine refusals of single lines. */
async function trial(context: TrialContext): Promise<TrialOutcome> {
  await using influxd = await startInfluxd();
  await RefusedMoments.prepare(influxd);
  const refused = new RefusedMoments(`w-${context.random.below(DEVICES)}`);
  await using proxy = await FaultyProxy.start({
    target: influxd.url,
    plan: answerPlan(context.random.fork('plan')),
    ...{ lateMs: LATE_MS, retryAfterS: RETRY_AFTER_S },
  });
  let quarantined = 0;
  const outcome = await storeTrial({
    ...{ name: 'influx-errors', context, influxd, url: proxy.url, also: refused.also, never: refused.has },
    trouble: async ({ signal, complain }, begins) => {
      begins();
      proxy.begin();
      const late = AbortSignal.timeout(PLAN_WITHIN_MS);
      await Promise.race([proxy.done, once(AbortSignal.any([signal, late]), 'abort')]);
      signal.throwIfAborted();
      if (late.aborted)
        complain(`the writer did not come through all errors within ${PLAN_WITHIN_MS / 1_000} s`);
    },
    inStore: async (data, complain) => {
      const setAside = foundInQuarantine(data);
      quarantined = [...setAside.values()].reduce((sum, moments) => sum + moments.length, 0);
      for (const fault of refused.faultsOf(setAside)) complain(fault);
      if (refused.count === 0) complain('InfluxDB had nothing to refuse');
      if (proxy.impatient > 0)
        complain(`the writer came back ${proxy.impatient} times before its Retry-After`);
      return bothOf(await foundInInflux(influxd), setAside);
    },
  });
  const counts = { ...outcome.counts, spoilt: proxy.spoilt, refused: refused.count, quarantined };
  return { ...outcome, counts };
}

export const INFLUX_ERRORS: Scenario = {
  name: 'influx-errors',
  about:
    'InfluxDB answers 401, 403, 404, 429, 500, 503, late or not at all, and refuses lines: those alone are set aside, all else is stored',
  missing: influxdMissing,
  run: trial,
};
