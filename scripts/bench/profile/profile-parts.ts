import type { ProfiledBlock } from './block-profile.ts';
import { type CallFrame, type CpuProfile, categoryOf, selfTimes } from './cpu-profile.ts';

/** Functions that are told by name. */
const FUNCTIONS_TOLD = 12;
/** The profiler's own thread. */
const PROFILER = 'v8:ProfEvntProc';
const NATIVE = 'native: wake-ups, sockets, TLS';
/** What has no file: native code, garbage. */
const NO_FUNCTION = '';

/** A part of what frames cost, in microseconds a frame. */
export interface Part {
  readonly name: string;
  readonly us: number;
}

/** What blocks of the same kind cost, and where it went. */
export interface ProfiledParts {
  readonly what: string;
  readonly frames: number;
  /** All threads. Microseconds a frame. */
  readonly us: number;
  /** Of the main thread, by whose code it was; the most first. */
  readonly main: readonly Part[];
  readonly functions: readonly Part[];
  /** The other threads, by their names. */
  readonly threads: readonly Part[];
}

/**
 * Splits what the scheduler gave to the threads of a server, its profiler left out. Of the main thread's what samples
 * found in JavaScript is taken for that; the rest is native code that nothing in JavaScript waited for.
 * @param pid whose main thread `profile` is of
 * @param blocks in order; the first, which warms up, is left out where there are others
 */
export function profiledParts(
  pid: number,
  profile: CpuProfile,
  blocks: readonly ProfiledBlock[],
): readonly ProfiledParts[] {
  const counted = blocks.length > 1 ? blocks.slice(1) : blocks;
  const kinds = new Set(counted.map(({ what }) => what));
  return [...kinds].map((what) => {
    const same = counted.filter((block) => block.what === what);
    const frames = same.reduce((sum, block) => sum + block.frames, 0);
    const threads = same.flatMap((block) => block.threads).filter(({ name }) => name !== PROFILER);
    const isMain = ({ tid }: { tid: number }): boolean => tid === pid;
    const usOf = (some: readonly { ranUs: number }[]): number =>
      some.reduce((sum, { ranUs }) => sum + ranUs, 0) / frames;
    const main = usOf(threads.filter(isMain));
    const others = Map.groupBy(
      threads.filter((thread) => !isMain(thread)),
      ({ name }) => name,
    );
    return {
      ...{ what, frames, us: usOf(threads) },
      main: withNative(partsOf(selfTimes(profile, same, categoryOf), frames), main),
      functions: partsOf(selfTimes(profile, same, functionOf), frames)
        .filter(({ name }) => name !== NO_FUNCTION)
        .slice(0, FUNCTIONS_TOLD),
      threads: sorted([...others].map(([name, some]) => ({ name, us: usOf(some) }))),
    };
  });
}

function functionOf(frame: CallFrame): string | null {
  if (categoryOf(frame) === null) return null;
  if (frame.url === '') return NO_FUNCTION;
  const file = frame.url.split('/').at(-1) ?? '';
  return `${frame.functionName || '(anonymous)'} ${file}`;
}

function partsOf(times: ReadonlyMap<string, number>, frames: number): readonly Part[] {
  return sorted([...times].map(([name, us]) => ({ name, us: us / frames })));
}

/** @param whole what the thread was given */
function withNative(parts: readonly Part[], whole: number): readonly Part[] {
  const sampled = parts.reduce((sum, { us }) => sum + us, 0);
  return sorted([...parts, { name: NATIVE, us: Math.max(0, whole - sampled) }]);
}

function sorted(parts: readonly Part[]): readonly Part[] {
  return parts.toSorted((a, b) => b.us - a.us);
}
