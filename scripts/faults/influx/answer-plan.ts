import type { Seeded } from '../../attack/seeded.ts';

/**
 * What a proxy does with a write. A status is answered in InfluxDB's place, which does not hear of the write. `reset`: the
 * connection ends amid the body. `late`: InfluxDB stores it, and the answer comes when nobody waits for it any more.
 */
export type Answer = 'pass' | 'reset' | 'late' | 401 | 403 | 404 | 429 | 500 | 503;

/** Somebody has to look at these, and the writer leaves the store alone for longer. */
const ONCE: readonly Answer[] = [401, 403, 404];
const ONCE_OR_TWICE: readonly Answer[] = [429, 500, 503, 'reset', 'late'];
const MOST_PASSES = 4;

/** Every kind of trouble in a seeded order, with writes in between that pass. */
export function answerPlan(random: Seeded): readonly Answer[] {
  const troubles = [...ONCE, ...ONCE_OR_TWICE.flatMap((one) => (random.below(2) === 0 ? [one] : [one, one]))];
  const plan: Answer[] = [];
  while (troubles.length > 0) {
    plan.push(...troubles.splice(random.below(troubles.length), 1));
    plan.push(...Array.from({ length: random.below(MOST_PASSES + 1) }, (): Answer => 'pass'));
  }
  return plan;
}
