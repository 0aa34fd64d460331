import { medianOf } from '../benchmark.ts';

/** What V8 writes of a thread (Chrome DevTools protocol, `Profiler.Profile`). Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
  }[];
  readonly startTime: number;
  /** The node that each sample found. */
  readonly samples: readonly number[];
  /** From the sample before. */
  readonly timeDeltas: readonly number[];
}

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

export const GARBAGE = 'collecting garbage';

/** A sample stands for so much of the usual distance at most: what is longer, another thread had the core. */
const LONGEST = 1.5;
export const CALLED = 'native, called from JavaScript';
export const NODE = "Node's own JavaScript";

/**
 * Whose time a sample is; null: no JavaScript's. Node tells V8 that a thread is idle from when it begins to wait until
 * JavaScript runs, so that reading sockets and decrypting count as idle too.
 */
export function categoryOf({ functionName, url }: CallFrame): string | null {
  switch (functionName) {
    case '(idle)':
    case '(program)':
    case '(root)':
      return null;
    case '(garbage collector)':
      return GARBAGE;
  }
  if (url === '') return CALLED;
  if (url.startsWith('node:')) return NODE;
  const dependency = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const ours = /\/src\/([^/]+)/.exec(url)?.[1];
  return ours === undefined ? 'other' : `src/${ours}`;
}

export interface Span {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Self time within spans, by what `keyOf` makes of a call frame; what that gives null for is left out. Microseconds. */
export function selfTimes(
  { nodes, startTime, samples, timeDeltas }: CpuProfile,
  spans: readonly Span[],
  keyOf: (frame: CallFrame) => string | null,
): ReadonlyMap<string, number> {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, keyOf(callFrame)]));
  const times = new Map<string, number>();
  const longest = LONGEST * medianOf(timeDeltas).value;
  let at = startTime;
  for (const [i, node] of samples.entries()) {
    at += timeDeltas[i] ?? 0;
    const key = keys.get(node) ?? null;
    if (key === null || !spans.some(({ fromUs, untilUs }) => at >= fromUs && at < untilUs)) continue;
    // What a sample found is held until the next one.
    times.set(key, (times.get(key) ?? 0) + Math.min(timeDeltas[i + 1] ?? 0, longest));
  }
  return times;
}
