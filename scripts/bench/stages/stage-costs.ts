import { medianOf } from '../benchmark.ts';
import type { Pair } from '../cost/ratios.ts';
import { STAGES, type Stage } from './switched-off.ts';

export const WHOLE = 'whole';
export type StageSubject = typeof WHOLE | Stage;

export interface StageCost {
  readonly stage: Stage;
  /** What a frame costs with the stage more than without it. Microseconds. */
  readonly us: ReturnType<typeof medianOf>;
  /** That, of the whole. */
  readonly share: ReturnType<typeof medianOf>;
}

/** Of rounds that have CPU a frame of the whole product, and under a stage's name that of the product without it. */
export function stageCosts(rounds: readonly Pair<StageSubject>[]): StageCost[] {
  return STAGES.map((stage) => ({
    stage,
    us: medianOf(rounds.map((round) => round[WHOLE] - round[stage])),
    share: medianOf(rounds.map((round) => (round[WHOLE] - round[stage]) / round[WHOLE])),
  }));
}
