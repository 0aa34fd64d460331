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
  /** Sooner done: all warm up at once, the last one at the whole rate and the others at this share of it. Absent: one after the other. */
  readonly warmShare?: number;
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
  options: AlternatingOptions<Name>,
  { signal, show }: Pick<BenchContext, 'signal' | 'show'>,
): Promise<Alternated<Name>> {
  const { subjects, pairs, rate, blockSeconds } = options;
  const all = [...subjects];
  await warmUp(options, { signal, show });
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

async function warmUp<Name extends string>(
  { subjects, rate, warmSeconds: seconds, warmShare }: AlternatingOptions<Name>,
  { signal, show }: Pick<BenchContext, 'signal' | 'show'>,
): Promise<void> {
  const all = [...subjects];
  if (warmShare === undefined) {
    for (const [name, loaded] of all) {
      show(`warming up: ${name}`);
      await loaded.block({ rate, seconds }, signal);
    }
    return;
  }
  show('warming up');
  await Promise.all(
    all.map(([, loaded], i) =>
      loaded.block({ rate: i === all.length - 1 ? rate : rate * warmShare, seconds }, signal),
    ),
  );
}

/** What a report tells of a block. */
export function countOf({ subject, acked, journaled }: CostBlock): BlockCount {
  return { subject, acked, journaled };
}

/** p99 of how late the load was. Milliseconds. */
export function latenessOf({ run }: CostBlock): number {
  return run.offered.late.quantiles.find(({ percentile }) => percentile === 99)?.ms ?? 0;
}
