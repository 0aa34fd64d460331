import {
  type Benchmark,
  type BenchResult,
  type BlockCount,
  type Chart,
  type Figure,
  isMet,
  type TargetId,
} from './benchmark.ts';
import type { MachineFacts } from './machine/machine-facts.ts';
import { TARGET_IDS, TARGETS, targetText } from './targets.ts';

/** What became of one benchmark. */
export interface BenchmarkReport {
  readonly name: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly blocks: readonly BlockCount[];
  readonly charts: readonly Chart[];
  readonly notes: readonly string[];
  /** Why it gave no figures; null: it gave them. */
  readonly why: string | null;
  /** It was begun and threw. Absence of what it needs is no failure. */
  readonly failed: boolean;
}

/** How a target fares: of several figures `median` and `spread` are the first one's, and it is met when all are. */
export interface TargetReport {
  readonly about: string;
  readonly target: string;
  readonly median: number | null;
  readonly spread: readonly [least: number, greatest: number] | null;
  /** Null: not measured. */
  readonly pass: boolean | null;
  /** Only where there are several. */
  readonly figures?: readonly Figure[];
  /** Why it was not measured. */
  readonly why?: string;
}

/** A whole run, as `--json` prints it and as a chart is made of it. */
export interface BenchReport {
  readonly quick: boolean;
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly machine: MachineFacts;
  readonly seconds: number;
  readonly targets: Readonly<Record<TargetId, TargetReport>>;
  readonly benchmarks: readonly BenchmarkReport[];
}

/** Of a benchmark that gave figures. */
export function measured(name: string, seconds: number, result: BenchResult): BenchmarkReport {
  const { figures, blocks = [], charts = [], notes } = result;
  return { ...{ name, seconds, figures, blocks, charts, notes }, why: null, failed: false };
}

/** Of one that gave none. */
export function notMeasured(
  name: string,
  seconds: number,
  { why, failed }: { readonly why: string; readonly failed: boolean },
): BenchmarkReport {
  return { ...{ name, seconds, why, failed }, figures: [], blocks: [], charts: [], notes: [] };
}

/** Every target, measured or not. @param known all benchmarks there are, run or not */
export function targetReports(
  known: readonly Benchmark[],
  reports: readonly BenchmarkReport[],
): Readonly<Record<TargetId, TargetReport>> {
  const entries = TARGET_IDS.map((id) => [id, targetReport(id, known, reports)] as const);
  return Object.fromEntries(entries) as Record<TargetId, TargetReport>;
}

function targetReport(
  id: TargetId,
  known: readonly Benchmark[],
  reports: readonly BenchmarkReport[],
): TargetReport {
  const said = { about: TARGETS[id].about, target: targetText(id) };
  const figures = reports.flatMap((report) => report.figures).filter(({ target }) => target === id);
  const [first] = figures;
  if (first === undefined)
    return { ...said, median: null, spread: null, pass: null, why: whyNot(id, known, reports) };
  return {
    ...said,
    median: first.value,
    spread: first.spread ?? null,
    pass: figures.every((figure) => isMet(figure) === true),
    ...(figures.length === 1 ? {} : { figures }),
  };
}

function whyNot(id: TargetId, known: readonly Benchmark[], reports: readonly BenchmarkReport[]): string {
  const names = known.filter(({ targets = [] }) => targets.includes(id)).map(({ name }) => name);
  const begun = reports.find(({ name }) => names.includes(name));
  if (begun !== undefined) return begun.why ?? `${begun.name} did not judge it: see its notes`;
  return names.length === 0 ? 'no benchmark measures it' : `${names.join(', ')} was not run`;
}

/** Whether a figure that is judged is not what it is to be. */
export function hasMissed({ benchmarks }: Pick<BenchReport, 'benchmarks'>): boolean {
  return benchmarks.some(({ figures }) => figures.some((figure) => isMet(figure) === false));
}

export function hasFailed({ benchmarks }: Pick<BenchReport, 'benchmarks'>): boolean {
  return benchmarks.some(({ failed }) => failed);
}
