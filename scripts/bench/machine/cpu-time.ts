import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_US = 1_000;

/**
 * User and system time of a process, all its threads, in microseconds: what the scheduler gave them (schedstat counts
 * nanoseconds, `stat` hundredths of a second). Threads that have ended are not in it: those of a server live as long as it.
 */
export function cpuTimeUs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  let ns = 0;
  for (const task of readdirSync(tasks))
    ns += Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ', 1)[0]);
  return ns / NS_PER_US;
}

/** Resident memory of a process in KiB. */
export function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}
