import type { Seeded } from '../attack/seeded.ts';

/** What is asked for on the command line in place of what a scenario does by itself; null: not asked for. */
export interface Asked {
  /** Frames a second of all devices together. */
  readonly rate: number | null;
  /** How long what is taken away stays away, where a scenario takes something away. Seconds. */
  readonly outageS: number | null;
  /** Malformed frames, where a scenario sends such. */
  readonly frames: number | null;
  /** That things took long is no fault: the machine has other things to do. */
  readonly unhurried: boolean;
}

export const NOTHING_ASKED: Asked = { rate: null, outageS: null, frames: null, unhurried: false };

/** What one trial is given. */
export interface TrialContext {
  /** Which of the run, from 1 on: a scenario with several ways takes them in turn. */
  readonly trial: number;
  /** Every choice of the trial comes from here: the seed and the number of the trial give them again. */
  readonly random: Seeded;
  readonly signal: AbortSignal;
  readonly asked: Asked;
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
  /** What it needs that is not here, and how to get it; null: it can run. */
  readonly missing?: () => string | null;
  /** What the counts of all trials, added up by name, mean: a sentence a line. */
  readonly summaryOf?: (sums: Readonly<Record<string, number>>) => readonly string[];
  readonly run: (context: TrialContext) => Promise<TrialOutcome>;
}

/** All trials of a run. */
export interface FaultRun {
  readonly scenario: string;
  readonly seed: number;
  /** Why no trial was made; null: they were. */
  readonly skipped: string | null;
  readonly trials: readonly (TrialOutcome & { readonly trial: number; readonly seconds: number })[];
}

/** What no trial may have any of. */
export const LOSSES = ['lost', 'phantom', 'doubled', 'corrupt', 'disordered'] as const;

/** Whether any oracle found something. */
export function failedTrials({ trials }: Pick<FaultRun, 'trials'>): number {
  return trials.filter(({ faults }) => faults.length > 0).length;
}

/** A count of all trials together; null: the scenario does not count that. */
export function sumOf({ trials }: Pick<FaultRun, 'trials'>, name: string): number | null {
  if (!trials.some(({ counts }) => name in counts)) return null;
  return trials.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
}

/** The way that a trial takes, of a list that is not empty: a run of as many trials takes each once. */
export function inTurn<Way>(ways: readonly Way[], trial: number): Way {
  return ways[(trial - 1) % ways.length] as Way;
}
