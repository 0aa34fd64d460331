import type { Test } from 'tap';
import type { FaultRun } from '../../scripts/faults/scenario.ts';
import { runScript } from './admin-scripts.ts';

/** What `npm run faults -- --json` prints of a scenario. */
export type PrintedRun = FaultRun & { readonly totals: Readonly<Record<string, number | null>> };

/** Why a scenario is skipped; with CI=true it is not, and fails for what is missing. */
export function skipFor(missing: string | null): string | false {
  return process.env.CI === 'true' ? false : (missing ?? false);
}

/**
 * One trial of each scenario named first, judged by what is kept and not by how long it took: other tests load the machine.
 * Asserts that all held.
 */
export async function runTrials(
  t: Test,
  scenarios: readonly string[],
): Promise<Readonly<Record<string, PrintedRun>>> {
  const { code, stdout, stderr } = await runScript(t.testdir(), 'faults', [
    ...['--scenario', ...scenarios],
    ...['--trials', '1', '--seed', '1', '--unhurried', '--json'],
  ]);
  t.equal(code, 0, `${stdout}${stderr}`);
  const runs = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as PrintedRun);
  for (const run of runs) {
    t.equal(run.skipped, null, `${run.scenario} was tried`);
    t.same(
      run.trials.map(({ faults }) => faults),
      [[]],
      `${run.scenario} held`,
    );
  }
  return Object.fromEntries(runs.map((run) => [run.scenario, run]));
}
