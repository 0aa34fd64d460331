import { counted } from '../counted.ts';
import { formatTable } from '../table.ts';
import { type FaultRun, failedTrials, LOSSES, type Scenario, sumOf } from './scenario.ts';

const SHOWN_FAULTS = 5;

/** The run as a person reads it: one line a trial, what that means, then what the oracle found. */
export function describeFaults(run: FaultRun, { summaryOf }: Pick<Scenario, 'summaryOf'>): string {
  if (run.skipped !== null) return `${run.scenario} skipped: ${run.skipped}\n`;
  const names = Object.keys(run.trials[0]?.counts ?? {});
  const table = formatTable<FaultRun['trials'][number]>(
    [
      { heading: 'TRIAL', value: ({ trial }) => String(trial) },
      ...names.map((name) => ({
        heading: name.replaceAll('_', ' ').toUpperCase(),
        value: ({ counts }: FaultRun['trials'][number]) => String(counts[name] ?? 0),
      })),
      { heading: 'SECONDS', value: ({ seconds }) => String(seconds) },
      { heading: 'FAULTS', value: ({ faults }) => String(faults.length) },
    ],
    run.trials,
  );
  const sums = Object.fromEntries(names.map((name) => [name, sumOf(run, name) ?? 0]));
  return `${table}\n${[...(summaryOf?.(sums) ?? []), verdictOf(run), ...findings(run)].join('\n')}\n`;
}

/** All scenarios of a run in one table, then what was found and what was skipped. */
export function describeAll(runs: readonly FaultRun[]): string {
  const table = formatTable<FaultRun>(
    [
      { heading: 'SCENARIO', value: ({ scenario }) => scenario },
      { heading: 'TRIALS', value: ({ trials }) => String(trials.length) },
      ...LOSSES.map((name) => ({
        heading: name.toUpperCase(),
        value: (run: FaultRun) => String(sumOf(run, name) ?? '-'),
      })),
      { heading: 'SECONDS', value: ({ trials }) => secondsOf(trials) },
      { heading: 'VERDICT', value: shortVerdict },
    ],
    runs,
  );
  const skipped = runs.flatMap(({ scenario, skipped: why }) =>
    why === null ? [] : [`${scenario} skipped: ${why}`],
  );
  const bad = runs
    .filter((run) => failedTrials(run) > 0)
    .flatMap((run) => [verdictOf(run), ...findings(run)]);
  return [table, ...skipped, ...bad].join('\n').trimEnd().concat('\n');
}

function secondsOf(trials: FaultRun['trials']): string {
  return trials.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1);
}

function shortVerdict(run: FaultRun): string {
  if (run.skipped !== null) return 'skipped';
  const failed = failedTrials(run);
  return failed === 0 ? 'held' : `${failed} did NOT hold`;
}

function verdictOf(run: FaultRun): string {
  const failed = failedTrials(run);
  return failed === 0
    ? `${run.scenario} held: ${counted(run.trials.length, 'trial')}, seed ${run.seed}.`
    : `${run.scenario} did NOT hold: ${failed} of ${counted(run.trials.length, 'trial')} failed, seed ${run.seed}.`;
}

function findings({ trials }: FaultRun): readonly string[] {
  return trials
    .filter(({ faults }) => faults.length > 0)
    .flatMap(({ trial, faults, evidence }) => [
      `  trial ${trial}: ${counted(faults.length, 'fault')}, kept in ${evidence}`,
      ...faults.slice(0, SHOWN_FAULTS).map((fault) => `    ${fault}`),
    ]);
}
