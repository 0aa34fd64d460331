import { type BenchResult, type Chart, type Figure, medianOf } from '../benchmark.ts';
import { quantileOf } from '../load/latency-histogram.ts';
import { judgedBy } from '../targets.ts';
import type { CrowdBlock } from './crowd.ts';
import type { GrowthPlan } from './growth-plan.ts';
import type { Arm, Blocks, SizeMeasured } from './size-measured.ts';
import { leastSquaresSlope, stepSlopes } from './slope.ts';

const NAMES: Readonly<Record<Arm, string>> = { product: 'product', bare: 'bare ws' };
const ARMS = ['product', 'bare'] as const;
const count = (n: number): string => n.toLocaleString('en');

/** What was measured of growth. */
export interface GrowthMeasured {
  readonly measured: readonly SizeMeasured[];
  /** At the first size, where devices ask for acks so often that one stands for as many frames as at the last. */
  readonly equalAcks: Blocks;
  /** Sizes that were not measured. */
  readonly skipped: readonly number[];
}

/** Each block at the last size to the one of the same turn at the first. */
export function growthOf(first: readonly CrowdBlock[], last: readonly CrowdBlock[]): readonly number[] {
  return last.flatMap(({ cpuUs }, i) => {
    const before = first[i]?.cpuUs;
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

/** Nothing where there are no blocks. */
function cpuFigure(of: string, blocks: readonly CrowdBlock[]): readonly Figure[] {
  if (blocks.length === 0) return [];
  return [{ name: `CPU a frame, ${of}`, unit: 'us', ...medianOf(blocks.map(({ cpuUs }) => cpuUs)) }];
}

function framesAnAck(blocks: readonly CrowdBlock[]): Pick<Figure, 'value' | 'spread'> {
  return medianOf(blocks.flatMap(({ framesAnAck: frames }) => (frames === null ? [] : [frames])));
}

/** Of CPU: the target is judged at equal acks, what devices that all ask for the same see is told beside. */
function growthFigures({ measured, equalAcks, skipped }: GrowthMeasured): readonly Figure[] {
  const [least, most] = [count(measured[0]?.size ?? 0), count(measured.at(-1)?.size ?? 0)];
  const none: Blocks = { product: [], bare: [] };
  const [first, last] = [measured[0]?.blocks ?? none, measured.at(-1)?.blocks ?? none];
  const beside = growthOf(first.product, last.product);
  return [
    {
      name: `CPU a frame, at ${most} / at ${least}, at equal acks`,
      unit: '',
      ...(skipped.length === 0 ? judgedBy('P5') : {}),
      ...medianOf(growthOf(equalAcks.product, last.product)),
    },
    ...(beside.length === 0
      ? []
      : [{ name: 'the same, at one interval of acks', unit: '', ...medianOf(beside) }]),
    ...(last.bare.length === 0
      ? []
      : [{ name: 'the same, bare ws', unit: '', ...medianOf(growthOf(equalAcks.bare, last.bare)) }]),
    { name: `frames an ack, at ${least}`, unit: '', ...framesAnAck(equalAcks.product) },
    { name: `frames an ack, at ${most}`, unit: '', ...framesAnAck(last.product) },
    ...ARMS.flatMap((arm) => cpuFigure(`${NAMES[arm]}, ${least}, at equal acks`, equalAcks[arm])),
  ];
}

function figuresOf(growth: GrowthMeasured): readonly Figure[] {
  const { measured, skipped } = growth;
  // A target is not judged by less than it speaks of.
  const whole = skipped.length === 0;
  const timed = withBlocks(measured);
  const slope = (arm: Arm, kind: Kind): number => leastSquaresSlope(memoryPoints(measured, arm, kind));
  return [
    ...growthFigures(growth),
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
      ARMS.flatMap((arm) => cpuFigure(`${NAMES[arm]}, ${count(size)}`, blocks[arm])),
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

function chartsOf({ measured, equalAcks }: GrowthMeasured): readonly Chart[] {
  const x = { label: 'connections', logarithmic: true };
  const cpuOf = (blocks: readonly CrowdBlock[]): number => medianOf(blocks.map(({ cpuUs }) => cpuUs)).value;
  const [first, last] = [measured[0], measured.at(-1)];
  const distributions = measured.flatMap(({ size, latency }) =>
    latency === null ? [] : [{ name: `${count(size)} connections`, latency }],
  );
  return [
    {
      ...{ kind: 'lines', title: 'CPU a frame as connections grow', x, y: { label: 'us a frame' } },
      series: [
        ...ARMS.map((arm) => ({
          name: NAMES[arm],
          points: measured.flatMap(({ size, blocks }) =>
            blocks[arm].length === 0 ? [] : [[size, cpuOf(blocks[arm])] as const],
          ),
        })),
        {
          name: 'product, equal acks',
          points: [
            [first?.size ?? 0, cpuOf(equalAcks.product)] as const,
            [last?.size ?? 0, cpuOf(last?.blocks.product ?? [])] as const,
          ],
        },
      ],
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
    ...(distributions.length === 0
      ? []
      : [{ kind: 'latencies', title: 'From when a frame was due until its ack', distributions } as const]),
  ];
}

function latencyNote(probes: number, voided: number): string {
  return `latencies: of ${probes} connections more, which ask for the ack of each frame and send a tenth of all; ${voided} void blocks`;
}

/** What the sizes show. @param notes what else is to be told */
export function growthResult(
  growth: GrowthMeasured,
  { rate, ackIntervalMs, equalAckIntervalMs, probes }: GrowthPlan,
  notes: readonly string[],
): BenchResult {
  const { measured, skipped } = growth;
  const [least, most] = [count(measured[0]?.size ?? 0), count(measured.at(-1)?.size ?? 0)];
  const voided = measured.reduce((sum, one) => sum + one.voided, 0);
  return {
    figures: figuresOf(growth),
    charts: chartsOf(growth),
    notes: [
      `${count(rate)} frames a second of all connections together, at every size; acks are asked for every ${ackIntervalMs / 1_000} s or 32 frames, so that at more connections an ack stands for fewer frames. Judged is ${most} against ${least} that ask for one every ${equalAckIntervalMs} ms: as many frames an ack at both`,
      `memory: slope through ${measured.map(({ size }) => count(size)).join(', ')} connections, garbage collected; the spread is that of the steps between them`,
      ...(probes.count === 0 ? [] : [latencyNote(probes.count, voided)]),
      ...skipped.map(
        (size) =>
          `${count(size)} connections were not measured, so that P5 and P6 are not judged: a process may not open so many files (ulimit -n)`,
      ),
      ...notes,
    ],
  };
}
