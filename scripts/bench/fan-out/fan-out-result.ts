import type { BenchResult, Figure } from '../benchmark.ts';
import { medianIn, type Pair, ratioOf } from '../cost/ratios.ts';
import { leastSquaresSlope } from '../growth/slope.ts';
import { judgedBy } from '../targets.ts';
import type { FanOutBlock } from './audience.ts';

const NAMES = ['product', 'naive'] as const;
type Name = (typeof NAMES)[number];

/** One block of each relay at every size, in the order of the sizes. */
export type FanOutTurn = Readonly<Record<Name, readonly FanOutBlock[]>>;

/** What an alarm costs however many hear of it, and what each of them adds. Microseconds of CPU. */
export interface AlarmCost {
  readonly fixed: number;
  readonly recipient: number;
}

/** The straight line through what an alarm cost at each size (least squares). */
export function alarmCost(blocks: readonly FanOutBlock[]): AlarmCost {
  const recipient = leastSquaresSlope(blocks.map(({ clinicians, cpuUs }) => [clinicians, cpuUs]));
  const rest = blocks.map(({ clinicians, cpuUs }) => cpuUs - recipient * clinicians);
  return { recipient, fixed: rest.reduce((sum, one) => sum + one, 0) / rest.length };
}

function pairsOf(turns: readonly FanOutTurn[], of: keyof AlarmCost): readonly Pair<Name>[] {
  return turns.map(({ product, naive }) => ({
    product: alarmCost(product)[of],
    naive: alarmCost(naive)[of],
  }));
}

/** What an alarm cost at one size, all of it, shared among those who heard of it. */
function wholeAt(turns: readonly FanOutTurn[], size: number): readonly Pair<Name>[] {
  const shareOf = (blocks: readonly FanOutBlock[]): number =>
    (blocks.find(({ clinicians }) => clinicians === size)?.cpuUs ?? Number.NaN) / size;
  return turns.map(({ product, naive }) => ({ product: shareOf(product), naive: shareOf(naive) }));
}

function wholeFigures(turns: readonly FanOutTurn[], size: number): Figure[] {
  const pairs = wholeAt(turns, size);
  return [
    {
      name: `with all that an alarm takes, product / naive, ${size}`,
      unit: '',
      ...ratioOf(pairs, 'product', 'naive'),
    },
    ...NAMES.map((name) => ({
      ...{ name: `the same a recipient, ${name}, ${size}`, unit: 'us' },
      ...medianIn(pairs, name),
    })),
  ];
}

/** @param texts what a clinician is sent of one alarm */
export function fanOutResult(turns: readonly FanOutTurn[], texts: readonly string[]): BenchResult {
  const sizes = turns[0]?.product.map(({ clinicians }) => clinicians) ?? [];
  const [recipients, fixed] = [pairsOf(turns, 'recipient'), pairsOf(turns, 'fixed')];
  const bytes = Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length);
  return {
    figures: [
      {
        name: 'CPU a recipient, product / naive',
        unit: '',
        ...judgedBy('P10'),
        ...ratioOf(recipients, 'product', 'naive'),
      },
      ...NAMES.map((name) => ({
        ...{ name: `CPU a recipient, ${name}`, unit: 'us' },
        ...medianIn(recipients, name),
      })),
      ...NAMES.map((name) => ({
        ...{ name: `CPU an alarm before any recipient, ${name}`, unit: 'us' },
        ...medianIn(fixed, name),
      })),
      ...sizes.flatMap((size) => wholeFigures(turns, size)),
    ],
    charts: [
      {
        kind: 'lines',
        title: 'CPU of an alarm by how many hear of it',
        x: { label: 'clinicians' },
        y: { label: 'us an alarm' },
        series: NAMES.map((name) => ({
          name,
          points: sizes.map((size) => [size, medianIn(wholeAt(turns, size), name).value * size] as const),
        })),
      },
    ],
    notes: [
      `A breach is ${texts.length} messages of ${bytes} bytes on average to each clinician; the naive relay is sent the same ones to relay, and sends each by itself, where the product writes what it has for a clinician in one turn at once.`,
      `A recipient's cost is the slope of what an alarm costs over ${sizes.join(', ')} clinicians; what it costs before any of them (the product takes the frame, judges it, keeps it and the alarm on disk) is told beside, and all of it together at each size.`,
      "A recipient's cost is all that the product does for each: it checks who may hear the alarm, sends it, bounds what is unread, and writes down who was sent it; the patients' newest values, once a second, are sent and counted too, which the naive relay does not have.",
    ],
  };
}
