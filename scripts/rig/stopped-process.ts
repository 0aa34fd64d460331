import { readdirSync, readFileSync } from 'node:fs';
import { sleep, systemClock } from '../../src/core/clock.ts';

const LOOK_MS = 2;

/** Whether no thread of a process runs any more: each is stopped, or the process is gone. */
function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) =>
      / T /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').replace(/^.*\)/s, '')),
    );
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return true;
    throw error;
  }
}

/** Stops a process (SIGSTOP) and resolves when it has stopped: its threads go on until one of them has taken the signal. */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  while (!isStopped(pid)) await sleep(systemClock(), LOOK_MS);
}
