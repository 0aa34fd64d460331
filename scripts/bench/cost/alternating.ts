import type { BenchContext, BlockCount } from '../benchmark.ts';
import type { CostBlock, LoadedSubject } from './loaded-subject.ts';
import type { Pair } from './ratios.ts';

export interface AlternatingOptions<Name extends string> {
  readonly subjects: ReadonlyMap<Name, LoadedSubject>;
  readonly pairs: number;
  /** Frames a second. */
  readonly rate: number;
  readonly blockSeconds: number;
  /** Before the first pair, long enough for what is compiled while it runs. */
  readonly warmSeconds: number;
}

export interface Alternated<Name extends string> {
  /** CPU a frame of each subject. Microseconds. */
  readonly cpu: readonly Pair<Name>[];
  readonly blocks: readonly BlockCount[];
  /** p99 of how late the load was in its worst block. Milliseconds. */
  readonly lateMs: number;
}

/** Blocks of all subjects in turn, there and back: what grows with time favours none of them. */
export async function alternate<Name extends string>(
  { subjects, pairs, rate, blockSeconds, warmSeconds }: AlternatingOptions<Name>,
  { signal, show }: Pick<BenchContext, 'signal' | 'show'>,
): Promise<Alternated<Name>> {
  const all = [...subjects];
  for (const [name, loaded] of all) {
    show(`warming up: ${name}`);
    await loaded.block({ rate, seconds: warmSeconds }, signal);
  }
  const cpu: Pair<Name>[] = [];
  const blocks: CostBlock[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const found = new Map<Name, number>();
    for (const [name, loaded] of pair % 2 === 0 ? all : all.toReversed()) {
      show(`pair ${pair + 1} of ${pairs}: ${name}`);
      const block = await loaded.block({ rate, seconds: blockSeconds }, signal);
      found.set(name, block.cpuUs);
      blocks.push(block);
    }
    cpu.push(Object.fromEntries(found) as Pair<Name>);
  }
  return { cpu, blocks: blocks.map(countOf), lateMs: Math.max(...blocks.map(latenessOf)) };
}

/** What a report tells of a block. */
export function countOf({ subject, acked, journaled }: CostBlock): BlockCount {
  return { subject, acked, journaled };
}

/** p99 of how late the load was. Milliseconds. */
export function latenessOf({ run }: CostBlock): number {
  return run.offered.late.quantiles.find(({ percentile }) => percentile === 99)?.ms ?? 0;
}
