import { rmSync } from 'node:fs';
import { CodedError } from '../../src/core/coded-error.ts';
import { Seeded } from '../attack/seeded.ts';
import { type Asked, type FaultRun, failedTrials, NOTHING_ASKED, type Scenario } from './scenario.ts';

export interface FaultRunOptions {
  readonly scenario: Scenario;
  readonly trials: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly asked?: Asked;
  readonly show: (progress: string) => void;
}

/** A trial that takes longer hangs, which is a failure of the run and no finding. What was asked for comes on top. */
const TRIAL_WITHIN_MS = 180_000;
/** For a second without what is taken away, and for a malformed frame. */
const OUTAGE_FACTOR = 3;
const FRAME_MS = 0.5;

/** @throws CodedError `trial_hangs` */
async function withinTime<T>(trial: Promise<T>, name: string, withinMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new CodedError('trial_hangs', `${name} did not end within ${withinMs / 1_000} s`));
  }, withinMs);
  return await Promise.race([trial, late.promise]).finally(() => clearTimeout(timer));
}

/** Runs the trials of a scenario one after the other. @throws the signal's reason when aborted */
export async function runFaults(options: FaultRunOptions): Promise<FaultRun> {
  const { scenario, trials, seed, signal, asked = NOTHING_ASKED, show } = options;
  const run = { scenario: scenario.name, seed };
  const skipped = scenario.missing?.() ?? null;
  if (skipped !== null) return { ...run, skipped, trials: [] };
  const withinMs =
    TRIAL_WITHIN_MS + (asked.outageS ?? 0) * 1_000 * OUTAGE_FACTOR + (asked.frames ?? 0) * FRAME_MS;
  const done: FaultRun['trials'][number][] = [];
  for (let trial = 1; trial <= trials; trial++) {
    signal.throwIfAborted();
    show(`${scenario.name}: trial ${trial} of ${trials}, ${failedTrials({ trials: done })} failed`);
    const begin = performance.now();
    const name = `${scenario.name} ${trial}`;
    const random = new Seeded(seed).fork(name);
    const outcome = await withinTime(scenario.run({ trial, random, signal, asked }), name, withinMs).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw error;
      },
    );
    // A terminal's Ctrl-C ends the servers as well: what an interrupted trial found is no finding.
    if (signal.aborted && outcome.evidence !== null)
      rmSync(outcome.evidence, { recursive: true, force: true });
    signal.throwIfAborted();
    done.push({ trial, ...outcome, seconds: Math.round((performance.now() - begin) / 100) / 10 });
  }
  return { ...run, skipped, trials: done };
}
