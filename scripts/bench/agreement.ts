import { readFileSync } from 'node:fs';
import { CodedError } from '../../src/core/coded-error.ts';
import type { BenchReport, TargetReport } from './bench-report.ts';
import type { TargetId } from './benchmark.ts';
import { TARGET_IDS } from './targets.ts';

type Spread = readonly [least: number, greatest: number];

/** One judged figure in two runs. */
export interface AgreedFigure {
  readonly target: TargetId;
  /** Which of the target's figures; empty: it has one. */
  readonly name: string;
  readonly before: Spread;
  readonly now: Spread;
  /** Whether the spreads overlap. */
  readonly agrees: boolean;
}

/** What two runs say of the same targets. */
export interface Agreement {
  /** When the earlier run began, ISO 8601. */
  readonly with: string;
  readonly figures: readonly AgreedFigure[];
  /** Measured in one of the runs only, or in neither: nothing can be said of them. */
  readonly not_compared: readonly TargetId[];
}

/** What of an earlier run is looked at. */
export type EarlierRun = Pick<BenchReport, 'quick' | 'at' | 'targets'>;

/**
 * Reads what `--json` printed of a run.
 * @param quick whether the run that it is compared with is a quick one: the other kind measures other sizes
 * @throws CodedError `bench_not_comparable`
 */
export function earlierRun(path: string, quick: boolean): EarlierRun {
  const run = parsed(path);
  if (run.quick === quick) return run;
  const kind = (isQuick: boolean): string => (isQuick ? 'a quick run' : 'a full run');
  throw notComparable(path, `is of ${kind(run.quick)}: compare it with ${kind(run.quick)}`);
}

function parsed(path: string): EarlierRun {
  let run: Partial<EarlierRun> | null;
  try {
    run = JSON.parse(readFileSync(path, 'utf8')) as Partial<EarlierRun> | null;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw notComparable(path, `can't be read: ${why}`, cause);
  }
  const { quick, at, targets } = run ?? {};
  if (typeof quick !== 'boolean' || typeof at !== 'string' || !TARGET_IDS.every((id) => targets?.[id]))
    throw notComparable(path, 'is not what npm run -s bench -- --json prints');
  return run as EarlierRun;
}

function notComparable(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError('bench_not_comparable', `${path} ${why}`, { cause });
}

/** Whether two runs agree: of each judged figure, whether the spreads of its pairs overlap. */
export function agreementOf(before: EarlierRun, now: EarlierRun): Agreement {
  const figures = TARGET_IDS.flatMap((id) => figuresOf(id, before.targets[id], now.targets[id]));
  return {
    ...{ with: before.at, figures },
    not_compared: TARGET_IDS.filter((id) => !figures.some(({ target }) => target === id)),
  };
}

/** Those of which both runs say something else. */
export function disagreements({ figures }: Agreement): readonly AgreedFigure[] {
  return figures.filter(({ agrees }) => !agrees);
}

function figuresOf(target: TargetId, before: TargetReport, now: TargetReport): readonly AgreedFigure[] {
  const earlier = spreadsOf(before);
  return [...spreadsOf(now)].flatMap(([name, spread]) => {
    const other = earlier.get(name);
    if (other === undefined) return [];
    const agrees = Math.max(other[0], spread[0]) <= Math.min(other[1], spread[1]);
    return [{ target, name, before: other, now: spread, agrees }];
  });
}

/** Of each of a target's figures; one that was taken once has no width. */
function spreadsOf({ median, spread, figures }: TargetReport): ReadonlyMap<string, Spread> {
  if (median === null) return new Map();
  if (figures === undefined) return new Map([['', spread ?? [median, median]]]);
  return new Map(figures.map(({ name, value, spread: own }) => [name, own ?? [value, value]]));
}
