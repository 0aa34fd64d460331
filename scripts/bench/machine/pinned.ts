import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { CodedError } from '../../../src/core/coded-error.ts';

/** `server`: what is measured. `load`: everything else. */
export type Side = 'server' | 'load';

/** Cores that this process may run on: a container may have some of the machine's, and not its first (proc(5), `Cpus_allowed_list`). */
export function allowedCores(status: string = readFileSync('/proc/self/status', 'utf8')): readonly number[] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? '';
  return (list.match(/\d+(?:-\d+)?/g) ?? []).flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * The command before a command that keeps a process to its side: the server has the first core, the load the others.
 * @throws CodedError `bench_unsupported`
 */
export function pinning(side: Side): readonly string[] {
  const cores = process.platform === 'linux' ? allowedCores() : [];
  const [first, ...others] = cores;
  if (first === undefined || others.length === 0)
    throw new CodedError(
      'bench_unsupported',
      `benchmarks need Linux and two cores; here: ${process.platform}, ${cores.length}`,
    );
  if (spawnSync('taskset', ['--version']).error !== undefined)
    throw new CodedError('bench_unsupported', 'taskset is not installed: apt-get install util-linux');
  return ['taskset', '--cpu-list', side === 'server' ? String(first) : others.join(',')];
}

/** Starts a command on its side. @throws CodedError `bench_unsupported` */
export function spawnPinned(side: Side, command: readonly string[], options: SpawnOptions): ChildProcess {
  const [first = '', ...rest] = [...pinning(side), ...command];
  return spawn(first, rest, options);
}
