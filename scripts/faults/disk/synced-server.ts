import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { TrialContext, TrialOutcome } from '../scenario.ts';
import { type DiskTrial, runDiskTrial } from './disk-trial.ts';
import { filesOf, injectedIn, type SyncFault, withSyncFault } from './strace.ts';

const DRAINED_WITHIN_MS = 20_000;
const POLL_MS = 10;
const BEGUN_WITHIN_MS = 15_000;

/** What happens to syncs of some databases of a server, or, where none is named, of every file. */
export interface SyncPlan extends Pick<SyncFault, 'inject' | 'first' | 'last'> {
  readonly databases: readonly string[];
}

/** Syncs that have been tampered with, by strace's account. */
export interface Tampered {
  /** So many by now. */
  readonly count: number;
  /** Resolves when there have been that many. */
  reached(count: number): Promise<void>;
}

export interface SyncTrialOptions {
  readonly name: string;
  readonly context: TrialContext;
  readonly plan: SyncPlan;
  readonly harm: (trial: DiskTrial, tampered: Tampered) => Promise<Readonly<Record<string, number>>>;
}

/**
 * A trial under load of a server that is started anew, once all is well and known to be, so that syncs are tampered with from
 * there on, until it is started without that.
 */
export async function runSyncTrial({ name, context, plan, harm }: SyncTrialOptions): Promise<TrialOutcome> {
  const directory = mkdtempSync(join(tmpdir(), 'vitalwire-strace-'));
  const output = join(directory, 'strace.txt');
  try {
    return await runDiskTrial({
      ...{ name, context },
      harm: async (trial) => {
        const { fleet, rig } = trial.load;
        fleet.rest();
        await fleet.drain(DRAINED_WITHIN_MS);
        await rig.server.stop();
        const { databases, ...fault } = plan;
        const files = databases.flatMap((database) => filesOf(join(rig.server.data, database)));
        await rig.server.startAgain({ launcher: withSyncFault({ ...fault, files, output }) });
        // By way of the cursor it is heard, however late: then everybody is back.
        await trial.probe.breach();
        fleet.offer();
        return await harm(trial, tamperedIn(output));
      },
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function tamperedIn(output: string): Tampered {
  return {
    get count() {
      return injectedIn(output);
    },
    async reached(count) {
      const began = performance.now();
      while (injectedIn(output) < count && performance.now() - began < BEGUN_WITHIN_MS)
        await sleep(systemClock(), POLL_MS);
    },
  };
}
