import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_US = 1_000;

/**
 * User and system time of a process, all its threads, in microseconds: what the scheduler gave them (schedstat counts
 * nanoseconds, `stat` hundredths of a second). Threads that have ended are not in it: those of a server live as long as it.
 */
export function cpuTimeUs(pid: number): number {
  return schedulerTimes(pid).ran / NS_PER_US;
}

/** The same and how long its threads waited for a core, in microseconds: what stands still while it grows is busy all the same. */
export function wantedTimeUs(pid: number): number {
  const { ran, waited } = schedulerTimes(pid);
  return (ran + waited) / NS_PER_US;
}

function schedulerTimes(pid: number): { readonly ran: number; readonly waited: number } {
  const tasks = `/proc/${pid}/task`;
  const times = { ran: 0, waited: 0 };
  for (const task of readdirSync(tasks)) {
    const [ran, waited] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ', 2);
    times.ran += Number(ran);
    times.waited += Number(waited);
  }
  return times;
}

/** Resident memory of a process in KiB. */
export function residentKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}
