import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What is done to calls that make files durable. SQLite calls fsync; fdatasync where it was built to. */
export interface SyncFault {
  /** What is injected, as strace has it, e.g. `error=EIO`, `delay_exit=300000` (microseconds). */
  readonly inject: string;
  /** Which calls of each thread are meant, counted from 1. `last` null: all from `first` on. */
  readonly first: number;
  readonly last: number | null;
  /** Files of which; none: of every file. */
  readonly files: readonly string[];
  /** Where strace writes down the calls. */
  readonly output: string;
}

const CALLS = 'fsync,fdatasync';

/**
 * What is put before a command to let its syncs fail or wait. strace is a grandchild (`-D`), so that the command has the
 * pid and the parent that it would have had, and ends with it; other calls are not slowed (`--seccomp-bpf`).
 */
export function withSyncFault({ inject, first, last, files, output }: SyncFault): readonly string[] {
  const when = last === null ? `${first}+` : `${first}..${last}`;
  return [
    ...['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', output],
    ...files.flatMap((file) => ['-P', file]),
    ...['-e', `trace=${CALLS}`, '-e', `inject=${CALLS}:${inject}:when=${when}`],
  ];
}

/** A database and its write-ahead log, as `-P` takes them. */
export function filesOf(database: string): readonly string[] {
  return [database, `${database}-wal`];
}

/** How many calls have been tampered with, by strace's own account. */
export function injectedIn(output: string): number {
  try {
    return readFileSync(output, 'utf8').split('\n').filter(isInjected).length;
  } catch {
    // It has not got to its first line.
    return 0;
  }
}

/** A line that strace marks; a call that is interrupted by another thread's is told in two, the mark is in the latter. */
function isInjected(line: string): boolean {
  return /\((?:INJECTED|DELAYED)\)$/.test(line);
}

/** Why nothing can be traced here, and what helps; null: it can. */
export function straceMissing(): string | null {
  const { error, status, stderr } = spawnSync(
    'strace',
    ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', `trace=${CALLS}`, 'true'],
    { encoding: 'utf8' },
  );
  if (error !== undefined) return 'there is no strace: apt-get install strace';
  if (status !== 0) return `strace may not trace here: ${stderr.trim().split('\n').at(-1) ?? ''}`;
  return null;
}
