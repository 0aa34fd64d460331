import type { Seeded } from '../attack/seeded.ts';

/** What one trial is given. */
export interface TrialContext {
  /** Every choice of the trial comes from here: the seed and the number of the trial give them again. */
  readonly random: Seeded;
  readonly signal: AbortSignal;
}

/** What an oracle found out about one trial. */
export interface TrialOutcome {
  /** What happened, by name: the same names in every trial of a scenario. */
  readonly counts: Readonly<Record<string, number>>;
  /** What must not be; none: the trial held. */
  readonly faults: readonly string[];
  /** Where the data of a trial that did not hold is kept; null: it held. */
  readonly evidence: string | null;
}

/** A way to do the product harm, and an oracle that says what came of it. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** What the counts of all trials, added up by name, mean: a sentence a line. */
  readonly summaryOf: (sums: Readonly<Record<string, number>>) => readonly string[];
  readonly run: (context: TrialContext) => Promise<TrialOutcome>;
}

/** All trials of a run. */
export interface FaultRun {
  readonly scenario: string;
  readonly seed: number;
  readonly trials: readonly (TrialOutcome & { readonly trial: number; readonly seconds: number })[];
}

/** Whether any oracle found something. */
export function failedTrials(run: FaultRun): number {
  return run.trials.filter(({ faults }) => faults.length > 0).length;
}
