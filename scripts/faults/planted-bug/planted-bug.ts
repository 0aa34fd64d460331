import { killUnderLoad } from '../kill.ts';
import type { Scenario, TrialContext, TrialOutcome } from '../scenario.ts';

const PLANT = new URL('./plant.ts', import.meta.url).href;

/**
 * The oracle of all scenarios, tried on a server that must not pass: what it finds is what is wanted here, and that it
 * finds nothing is the fault. Told under other names, so that losses of a run are losses of the product.
 */
async function trial(context: TrialContext): Promise<TrialOutcome> {
  const { counts } = await killUnderLoad('planted-bug', context, {
    server: { nodeArguments: ['--import', PLANT] },
    meantToFail: true,
  });
  const { lost = 0, acked = 0, sent = 0, offered_per_s = 0 } = counts;
  const faults = lost > 0 ? [] : ['the oracle did not see that what was acked was not on disk'];
  return { counts: { loss_reported: lost, sent, acked, offered_per_s }, faults, evidence: null };
}

export const PLANTED_BUG: Scenario = {
  name: 'planted-bug',
  about: 'the same kill of a server whose journal acks before it writes: the oracle must report loss',
  run: trial,
};
