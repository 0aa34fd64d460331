import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { CodedError } from '../../../src/core/coded-error.ts';

/** `server`: what is measured. `load`: everything else. */
export type Side = 'server' | 'load';

/** The command before a command that keeps a process to its side: the server has the first core, the load the others. */
export function pinning(side: Side): readonly string[] {
  const cores = availableParallelism();
  if (process.platform !== 'linux' || cores < 2)
    throw new CodedError(
      'bench_unsupported',
      `benchmarks need Linux and two cores; here: ${process.platform}, ${cores}`,
    );
  return ['taskset', '--cpu-list', side === 'server' ? '0' : `1-${cores - 1}`];
}

/** Starts a command on its side. @throws CodedError `bench_unsupported` */
export function spawnPinned(side: Side, command: readonly string[], options: SpawnOptions): ChildProcess {
  const [first = '', ...rest] = [...pinning(side), ...command];
  return spawn(first, rest, options);
}
