import type { BenchResult, Figure } from '../benchmark.ts';
import { medianIn, type Pair, ratioOf } from '../cost/ratios.ts';
import { judgedBy } from '../targets.ts';
import type { FanOutBlock } from './audience.ts';

export const FAN_OUT_NAMES = ['product', 'naive'] as const;
export type FanOutName = (typeof FAN_OUT_NAMES)[number];

/** One after the other: alarms that everybody hears, and alarms of a server of the same kind that a single one hears. */
export type FanOutTurn = Readonly<
  Record<FanOutName, { readonly everybody: FanOutBlock; readonly single: FanOutBlock }>
>;

/** What was measured of so many clinicians. */
export interface SizeTurns {
  readonly size: number;
  readonly turns: readonly FanOutTurn[];
}

/** What an alarm costs however many hear of it, and what each of them adds. Microseconds of CPU. */
export interface AlarmCost {
  readonly fixed: number;
  readonly recipient: number;
}

/** What an alarm costs with everybody above what it costs with one is what the others cost. */
export function alarmCost({ everybody, single }: FanOutTurn[FanOutName]): AlarmCost {
  const recipient = (everybody.cpuUs - single.cpuUs) / (everybody.clinicians - single.clinicians);
  return { recipient, fixed: single.cpuUs - recipient * single.clinicians };
}

function pairsOf(turns: readonly FanOutTurn[], of: keyof AlarmCost): readonly Pair<FanOutName>[] {
  return turns.map(({ product, naive }) => ({
    product: alarmCost(product)[of],
    naive: alarmCost(naive)[of],
  }));
}

/** What an alarm cost, all of it, shared among those who heard of it. */
function wholeOf({ size, turns }: SizeTurns): readonly Pair<FanOutName>[] {
  return turns.map(({ product, naive }) => ({
    product: product.everybody.cpuUs / size,
    naive: naive.everybody.cpuUs / size,
  }));
}

function wholeFigures(measured: SizeTurns): Figure[] {
  const pairs = wholeOf(measured);
  return [
    {
      name: `with all that an alarm takes, product / naive, ${measured.size}`,
      unit: '',
      ...ratioOf(pairs, 'product', 'naive'),
    },
    ...FAN_OUT_NAMES.map((name) => ({
      ...{ name: `the same a recipient, ${name}, ${measured.size}`, unit: 'us' },
      ...medianIn(pairs, name),
    })),
  ];
}

/** @param measured ascending; the last size is the one that is judged @param texts what a clinician is sent of one alarm */
export function fanOutResult(measured: readonly SizeTurns[], texts: readonly string[]): BenchResult {
  const judged = measured.at(-1) ?? { size: 0, turns: [] };
  const [recipients, fixed] = [pairsOf(judged.turns, 'recipient'), pairsOf(judged.turns, 'fixed')];
  const bytes = Math.round(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length);
  return {
    figures: [
      {
        name: 'CPU a recipient, product / naive',
        unit: '',
        ...judgedBy('P10'),
        ...ratioOf(recipients, 'product', 'naive'),
      },
      ...FAN_OUT_NAMES.map((name) => ({
        ...{ name: `CPU a recipient, ${name}`, unit: 'us' },
        ...medianIn(recipients, name),
      })),
      ...FAN_OUT_NAMES.map((name) => ({
        ...{ name: `CPU an alarm before any recipient, ${name}`, unit: 'us' },
        ...medianIn(fixed, name),
      })),
      ...measured.flatMap(wholeFigures),
    ],
    charts: [
      {
        kind: 'lines',
        title: 'CPU of an alarm by how many hear of it',
        x: { label: 'clinicians' },
        y: { label: 'us an alarm' },
        series: FAN_OUT_NAMES.map((name) => ({
          name,
          points: [
            [1, medianIn(singles(judged.turns), name).value] as const,
            ...measured.map((one) => [one.size, medianIn(wholeOf(one), name).value * one.size] as const),
          ],
        })),
      },
    ],
    notes: [
      `A breach is ${texts.length} messages of ${bytes} bytes on average to each clinician; the naive relay is sent the same ones to relay, and sends each by itself, where the product writes what it has for a clinician in one turn at once.`,
      `A recipient's cost is what an alarm costs with ${judged.size} clinicians above what it costs a server of the same kind with one, measured in the same turn; what it costs before any of them (the product takes the frame, judges it, keeps it and the alarm on disk) is told beside, and all of it together at each size.`,
      "A recipient's cost is all that the product does for each: it checks who may hear the alarm, sends it, bounds what is unread, and writes down who was sent it; the patients' newest values, once a second, are sent and counted too, which the naive relay does not have.",
    ],
  };
}

function singles(turns: readonly FanOutTurn[]): readonly Pair<FanOutName>[] {
  return turns.map(({ product, naive }) => ({
    product: product.single.cpuUs,
    naive: naive.single.cpuUs,
  }));
}
