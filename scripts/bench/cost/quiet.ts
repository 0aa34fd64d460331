import { sleep, systemClock } from '../../../src/core/clock.ts';
import { cpuTimeUs, wantedTimeUs } from '../machine/cpu-time.ts';

const LOOK_MS = 50;
/** Of one core: heartbeats, sweeps and timers of an idle server take less. */
const IDLE_SHARE = 0.05;
const LOOKS = 2;

/**
 * Resolves with the CPU time of a process when it has come to rest, without a word to it: what is asked of it would be
 * part of what is measured. At the latest after `withinMs`. Microseconds.
 */
export async function quietCpuUs(pid: number, withinMs: number, signal: AbortSignal): Promise<number> {
  const until = performance.now() + withinMs;
  let [wanted, quiet] = [wantedTimeUs(pid), 0];
  while (quiet < LOOKS && performance.now() < until) {
    const began = performance.now();
    await sleep(systemClock(), LOOK_MS, signal);
    const now = wantedTimeUs(pid);
    const share = (now - wanted) / 1_000 / (performance.now() - began);
    quiet = share <= IDLE_SHARE ? quiet + 1 : 0;
    wanted = now;
  }
  return cpuTimeUs(pid);
}
