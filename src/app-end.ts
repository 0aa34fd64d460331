import { type Clock, sleep } from './core/clock.ts';

/**
 * A process whose journal has failed stays this long: two probes of a load balancer see it, clinicians are told, and a
 * supervisor that starts it at once finds out about a dead disk six times a minute, not a hundred. Alarms flow meanwhile.
 */
export const FAILED_STAYS_MS = 10_000;

export interface ProcessEndOptions {
  /** A person or a supervisor asks for the end. */
  readonly signalled: Promise<unknown>;
  /** The process cannot do its work any more. */
  readonly failed: Promise<unknown>;
  readonly clock: Clock;
}

export interface ProcessEnd {
  /** Resolves when it is time to stop: when asked, or a while after the failure. */
  readonly due: Promise<void>;
  /** To be asked after stopping: 1 for a process that failed, also while it stopped. */
  exitCode(): 0 | 1;
}

/** When the process ends, and with which code. */
export function processEnd({ signalled, failed, clock }: ProcessEndOptions): ProcessEnd {
  let code: 0 | 1 = 0;
  const stayed = failed.then(() => {
    code = 1;
    return sleep(clock, FAILED_STAYS_MS);
  });
  return { due: Promise.race([signalled, stayed]).then(() => {}), exitCode: () => code };
}
