import { join } from 'node:path';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import {
  type BenchmarkReport,
  type BenchReport,
  measured,
  notMeasured,
  targetReports,
} from './bench-report.ts';
import type { BenchContext, Benchmark, BenchResult, BlockCount } from './benchmark.ts';
import { sharedCompileCache } from './machine/compile-cache.ts';
import { machineFacts } from './machine/machine-facts.ts';
import { profileNotes } from './profile/profile-report.ts';

const ALIVE_MS = 60_000;

export interface BenchRunOptions extends BenchContext {
  /** Every benchmark there is. */
  readonly known: readonly Benchmark[];
  /** Those to be run, in order. */
  readonly wanted: readonly Benchmark[];
  /** Whether those wanted were asked for by name: then a quick run leaves none of them out. */
  readonly asked: boolean;
  readonly onDone: (report: BenchmarkReport) => void;
}

/** Runs benchmarks one after the other; one that fails keeps none from being run. Null: interrupted. */
export async function runBenchmarks(options: BenchRunOptions): Promise<BenchReport | null> {
  const { known, wanted, quick, signal, onDone } = options;
  const [at, began] = [new Date().toISOString(), performance.now()];
  using _alive = keptAlive();
  using _compiled = sharedCompileCache();
  const benchmarks: BenchmarkReport[] = [];
  for (const benchmark of wanted) {
    const report = await runOne(benchmark, options);
    if (signal.aborted) return null;
    benchmarks.push(report);
    onDone(report);
  }
  const targets = targetReports(known, benchmarks);
  return { quick, at, machine: machineFacts(), seconds: secondsSince(began), targets, benchmarks };
}

async function runOne(
  { name, missing, run, quick: inQuick }: Benchmark,
  { quick, asked, profile: profiles, signal, show }: BenchRunOptions,
): Promise<BenchmarkReport> {
  const began = performance.now();
  if (quick && !asked && inQuick === 'only_when_asked')
    return notMeasured(name, 0, { why: `left out of a quick run: --quick --only ${name}`, failed: false });
  try {
    const why = missing?.() ?? null;
    if (why !== null) return notMeasured(name, 0, { why, failed: false });
    show(name);
    const profile = profiles === null ? null : join(profiles, name);
    const result = await run({ quick, profile, signal, show: (text) => show(`${name}: ${text}`) });
    throwLost(result.blocks ?? []);
    const found =
      profile === null ? result : { ...unjudged(result), notes: [...result.notes, ...profileNotes(profile)] };
    return measured(name, secondsSince(began), found);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const why = `${message} (${codeOf(error)})`;
    return notMeasured(name, secondsSince(began), { why, failed: true });
  }
}

/** A profiler costs what it measures: no target is judged by that. */
function unjudged(result: BenchResult): BenchResult {
  const figures = result.figures.map(({ name, value, unit, spread }) => ({
    ...{ name, value, unit },
    ...(spread === undefined ? {} : { spread }),
  }));
  return { ...result, figures };
}

/**
 * Pauses alone do not keep a process alive (systemClock). Ctrl-C ends the servers too, of the same group: a benchmark that
 * pauses just then is to wake, and take down what it has put up.
 */
function keptAlive(): Disposable {
  const timer = setInterval(() => {}, ALIVE_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Whatever a benchmark itself looks at: no figure is told of frames that were acked and are gone. @throws CodedError `bench_lost` */
function throwLost(blocks: readonly BlockCount[]): void {
  for (const { subject, acked, journaled } of blocks)
    if (journaled !== null && journaled < acked)
      throw new CodedError(
        'bench_lost',
        `${subject}: ${acked} frames were acked and ${journaled} are in the journal`,
      );
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 100) / 10;
}
