import type { BenchContext, BlockCount, Chart, Figure } from '../benchmark.ts';
import { HALF_LOAD } from '../half-load.ts';
import { type Alternated, type AlternatingOptions, alternate } from './alternating.ts';
import { type CostName, PRODUCT } from './cost-fleet.ts';
import type { LoadedSubject } from './loaded-subject.ts';
import { medianIn, type Pair, ratioOf } from './ratios.ts';

export type RatesPlan = Pick<AlternatingOptions<CostName>, 'pairs' | 'blockSeconds' | 'warmSeconds'> & {
  /** Frames a second, beside the half load that is judged. */
  readonly rates: readonly number[];
};

/** What frames cost at one rate. */
export interface AtRate {
  readonly rate: number;
  readonly cpu: readonly Pair<CostName>[];
}

const COMPARED: readonly CostName[] = ['bare ws', PRODUCT];

/** The bare server and the product at other rates: what a wake-up brings is more of when there is more to be had. */
export async function costAtRates(
  subjects: ReadonlyMap<CostName, LoadedSubject>,
  { rates, ...plan }: RatesPlan,
  { signal, show }: Pick<BenchContext, 'signal' | 'show'>,
): Promise<{ readonly at: readonly AtRate[]; readonly blocks: readonly BlockCount[] }> {
  const compared = new Map([...subjects].filter(([name]) => COMPARED.includes(name)));
  const found: (AtRate & Pick<Alternated<CostName>, 'blocks'>)[] = [];
  for (const rate of rates) {
    const say = (text: string): void => show(`${rate} frames/s, ${text}`);
    const { cpu, blocks } = await alternate({ subjects: compared, rate, ...plan }, { signal, show: say });
    found.push({ rate, cpu, blocks });
  }
  return { at: found, blocks: found.flatMap(({ blocks }) => blocks) };
}

export function rateFigures(at: readonly AtRate[]): readonly Figure[] {
  return at.flatMap(({ rate, cpu }) => [
    { name: `bare ws / product, ${rate} frames/s`, unit: '', ...ratioOf(cpu, 'bare ws', PRODUCT) },
    ...COMPARED.map((name) => ({
      ...{ name: `CPU a frame, ${name}, ${rate} frames/s`, unit: 'us' },
      ...medianIn(cpu, name),
    })),
  ]);
}

/** @param judged the pairs at half load, which are a point of the same lines */
export function rateChart(at: readonly AtRate[], judged: readonly Pair<CostName>[]): Chart {
  const all = [...at, { rate: HALF_LOAD, cpu: judged }].toSorted((a, b) => a.rate - b.rate);
  return {
    ...{ kind: 'lines', title: 'CPU a frame as the load grows' },
    ...{ x: { label: 'frames a second' }, y: { label: 'us a frame' } },
    series: COMPARED.map((name) => ({
      name,
      points: all.map(({ rate, cpu }) => [rate, medianIn(cpu, name).value] as const),
    })),
  };
}
