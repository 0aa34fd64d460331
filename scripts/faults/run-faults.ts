import { CodedError } from '../../src/core/coded-error.ts';
import { Seeded } from '../attack/seeded.ts';
import { counted } from '../counted.ts';
import { formatTable } from '../table.ts';
import { type FaultRun, failedTrials, type Scenario } from './scenario.ts';

export interface FaultRunOptions {
  readonly scenario: Scenario;
  readonly trials: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly show: (progress: string) => void;
}

const SHOWN_FAULTS = 5;
/** A trial that takes longer hangs, which is a failure of the run and no finding. */
const TRIAL_WITHIN_MS = 120_000;

/** @throws CodedError `trial_hangs` */
async function withinTime<T>(trial: Promise<T>, name: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `${name} did not end within ${TRIAL_WITHIN_MS / 1_000} s`;
    late.reject(new CodedError('trial_hangs', message));
  }, TRIAL_WITHIN_MS);
  return await Promise.race([trial, late.promise]).finally(() => clearTimeout(timer));
}

/** Runs the trials of a scenario one after the other. @throws the signal's reason when aborted */
export async function runFaults({
  scenario,
  trials,
  seed,
  signal,
  show,
}: FaultRunOptions): Promise<FaultRun> {
  const done: FaultRun['trials'][number][] = [];
  for (let trial = 1; trial <= trials; trial++) {
    signal.throwIfAborted();
    const failed = failedTrials({ scenario: scenario.name, seed, trials: done });
    show(`${scenario.name}: trial ${trial} of ${trials}, ${failed} failed`);
    const begin = performance.now();
    const name = `${scenario.name} ${trial}`;
    const outcome = await withinTime(scenario.run({ random: new Seeded(seed).fork(name), signal }), name);
    done.push({ trial, ...outcome, seconds: Math.round((performance.now() - begin) / 100) / 10 });
  }
  return { scenario: scenario.name, seed, trials: done };
}

/** The run as a person reads it: one line a trial, what that means, then what the oracle found. */
export function describeFaults(run: FaultRun, { summaryOf }: Pick<Scenario, 'summaryOf'>): string {
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
  const sums = Object.fromEntries(
    names.map((name) => [name, run.trials.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0)]),
  );
  const failed = run.trials.filter(({ faults }) => faults.length > 0);
  const found = failed.flatMap(({ trial, faults, evidence }) => [
    `  trial ${trial}: ${counted(faults.length, 'fault')}, kept in ${evidence}`,
    ...faults.slice(0, SHOWN_FAULTS).map((fault) => `    ${fault}`),
  ]);
  const verdict =
    failed.length === 0
      ? `${run.scenario} held: ${counted(run.trials.length, 'trial')}, seed ${run.seed}.`
      : `${run.scenario} did NOT hold: ${failed.length} of ${counted(run.trials.length, 'trial')} failed, seed ${run.seed}.`;
  return `${table}\n${[...summaryOf(sums), verdict, ...found].join('\n')}\n`;
}
