import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ranBetween, type ThreadTime, threadTimes } from './thread-times.ts';

/** Some thousand samples in the blocks of a run; seldom enough that a server at rest is seen to be at rest. Microseconds. */
const INTERVAL_US = 1_000;

/** One block of frames in the life of a server that is profiled. Times are of the machine's monotonic clock, microseconds. */
export interface ProfiledBlock {
  /** What was offered: blocks of the same are looked at together. */
  readonly what: string;
  readonly frames: number;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly threads: readonly ThreadTime[];
}

/** What is left beside the profiles that Node writes, by the number of the process. */
export interface BlocksFile {
  readonly pid: number;
  readonly blocks: readonly ProfiledBlock[];
}

/** Which parts of a server's profile are blocks that were measured: a profile is of its whole life. */
export class BlockProfile {
  readonly #directory: string;
  readonly #pid: number;
  readonly #blocks: ProfiledBlock[] = [];

  constructor(directory: string, pid: number) {
    this.#directory = directory;
    this.#pid = pid;
  }

  /** A block begins. @returns what is to be called at its end */
  begin(): (what: string, frames: number) => void {
    const [before, fromUs] = [threadTimes(this.#pid), monotonicUs()];
    return (what, frames) => {
      const [threads, untilUs] = [ranBetween(before, threadTimes(this.#pid)), monotonicUs()];
      this.#blocks.push({ what, frames, fromUs, untilUs, threads });
    };
  }

  write(): void {
    const file: BlocksFile = { pid: this.#pid, blocks: this.#blocks };
    writeFileSync(join(this.#directory, `blocks.${this.#pid}.json`), JSON.stringify(file));
  }
}

/** Node's own profiler, from the first to the last moment of a server: it writes one profile a thread when it ends. */
export function profilerArguments(directory: string): readonly string[] {
  mkdirSync(directory, { recursive: true });
  return ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-interval=${INTERVAL_US}`];
}

/** The clock that V8 takes the times of samples from too. */
function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
