import { type BenchResult, type Chart, type Figure, medianOf } from '../benchmark.ts';
import { quantileOf } from '../load/latency-histogram.ts';
import { judgedBy } from '../targets.ts';
import type { GrowthPlan } from './growth-plan.ts';
import type { Arm, SizeMeasured } from './size-measured.ts';
import { leastSquaresSlope, stepSlopes } from './slope.ts';

const NAMES: Readonly<Record<Arm, string>> = { product: 'product', bare: 'bare ws' };
const ARMS = ['product', 'bare'] as const;
const count = (n: number): string => n.toLocaleString('en');

/** Each block at the last size to the one of the same turn at the first. */
export function growthOf(measured: readonly SizeMeasured[], arm: Arm): readonly number[] {
  const [first, last] = [measured[0], measured.at(-1)];
  const at = first?.blocks[arm] ?? [];
  return (last?.blocks[arm] ?? []).flatMap(({ cpuUs }, i) => {
    const before = at[i]?.cpuUs;
    return before === undefined ? [] : [cpuUs / before];
  });
}

/** The sizes at which frames were measured, not memory alone. */
function withBlocks(measured: readonly SizeMeasured[]): readonly SizeMeasured[] {
  return measured.filter(({ blocks }) => blocks.product.length > 0);
}

type Kind = 'resident' | 'collected';

function memoryPoints(
  measured: readonly SizeMeasured[],
  arm: Arm,
  kind: Kind,
): readonly (readonly [number, number])[] {
  return measured.map(({ size, memory }) => [size, memory[arm][kind]]);
}

/** What a connection holds: product to bare ws, and the least and greatest of the steps from size to size. */
export function memoryRatio(measured: readonly SizeMeasured[], kind: Kind): Pick<Figure, 'value' | 'spread'> {
  const [product, bare] = [memoryPoints(measured, 'product', kind), memoryPoints(measured, 'bare', kind)];
  const steps = stepSlopes(bare);
  const ratios = stepSlopes(product).map((slope, i) => slope / (steps[i] ?? Number.NaN));
  return { value: leastSquaresSlope(product) / leastSquaresSlope(bare), spread: medianOf(ratios).spread };
}

/** @param whole whether every size was measured: a target is not judged by less than it speaks of */
function figuresOf(measured: readonly SizeMeasured[], whole: boolean): readonly Figure[] {
  const [least, most] = [count(measured[0]?.size ?? 0), count(measured.at(-1)?.size ?? 0)];
  const timed = withBlocks(measured);
  const slope = (arm: Arm, kind: Kind): number => leastSquaresSlope(memoryPoints(measured, arm, kind));
  return [
    {
      name: `CPU a frame, at ${most} / at ${least}`,
      unit: '',
      ...(whole ? judgedBy('P5') : {}),
      ...medianOf(growthOf(measured, 'product')),
    },
    { name: `the same, bare ws`, unit: '', ...medianOf(growthOf(measured, 'bare')) },
    {
      name: 'memory a connection, product / bare ws',
      unit: '',
      ...(whole ? judgedBy('P6') : {}),
      ...memoryRatio(measured, 'collected'),
    },
    { name: 'the same, garbage left where it is', unit: '', ...memoryRatio(measured, 'resident') },
    ...ARMS.map((arm) => ({
      name: `memory a connection, ${NAMES[arm]}`,
      unit: 'KiB',
      value: slope(arm, 'collected'),
    })),
    ...timed.flatMap(({ size, blocks }) =>
      ARMS.map((arm) => ({
        ...{ name: `CPU a frame, ${NAMES[arm]}, ${count(size)}`, unit: 'us' },
        ...medianOf(blocks[arm].map(({ cpuUs }) => cpuUs)),
      })),
    ),
    ...measured.flatMap(({ size, latency }) =>
      latency === null
        ? []
        : ([50, 99] as const).map((percentile) => ({
            ...{
              name: `ack p${percentile}, ${count(size)}`,
              unit: 'ms',
              value: quantileOf(latency, percentile),
            },
          })),
    ),
  ];
}

function chartsOf(measured: readonly SizeMeasured[]): readonly Chart[] {
  const x = { label: 'connections', logarithmic: true };
  return [
    {
      ...{ kind: 'lines', title: 'CPU a frame as connections grow', x, y: { label: 'us a frame' } },
      series: ARMS.map((arm) => ({
        name: NAMES[arm],
        points: withBlocks(measured).map(({ size, blocks }) => [
          size,
          medianOf(blocks[arm].map(({ cpuUs }) => cpuUs)).value,
        ]),
      })),
    },
    {
      ...{
        kind: 'lines',
        title: 'Memory as connections grow',
        x: { label: 'connections' },
        y: { label: 'MiB' },
      },
      series: ARMS.map((arm) => ({
        name: NAMES[arm],
        points: memoryPoints(measured, arm, 'collected').map(([size, kib]) => [size, kib / 1_024]),
      })),
    },
    {
      ...{ kind: 'latencies', title: 'From when a frame was due until its ack' },
      distributions: measured.flatMap(({ size, latency }) =>
        latency === null ? [] : [{ name: `${count(size)} connections`, latency }],
      ),
    },
  ];
}

/** What the sizes show. @param skipped sizes that were not measured @param notes what else is to be told */
export function growthResult(
  measured: readonly SizeMeasured[],
  skipped: readonly number[],
  { rate, ackIntervalMs, probes }: GrowthPlan,
  notes: readonly string[],
): BenchResult {
  const voided = measured.reduce((sum, one) => sum + one.voided, 0);
  return {
    figures: figuresOf(measured, skipped.length === 0),
    charts: chartsOf(measured),
    notes: [
      `${count(rate)} frames a second of all connections together, at every size; acks are asked for every ${ackIntervalMs / 1_000} s or 32 frames, so that at more connections an ack stands for fewer frames`,
      `memory: slope through ${measured.map(({ size }) => count(size)).join(', ')} connections, garbage collected; the spread is that of the steps between them`,
      `latencies: of ${probes.count} connections more, which ask for the ack of each frame and send a tenth of all; ${voided} void blocks`,
      ...skipped.map(
        (size) =>
          `${count(size)} connections were not measured, so that P5 and P6 are not judged: a process may not open so many files (ulimit -n)`,
      ),
      ...notes,
    ],
  };
}
