import { sleep, systemClock } from '../../../src/core/clock.ts';
import { answerOf } from '../../rig/server-state.ts';
import { inTurn, type Scenario, type TrialContext, type TrialOutcome } from '../scenario.ts';
import { type DiskTrial, RATE } from './disk-trial.ts';
import { straceMissing } from './strace.ts';
import { runSyncTrial, type SyncPlan, type Tampered } from './synced-server.ts';
import { now, saidInLog } from './told.ts';

/** What R3 of the design has. */
const SLOW_MS = 300;
const SLOW_SYNCS = 12;
/** A commit that takes longer than 3 s is a stall, which is told within 5 s of its beginning. */
const STALL_MS = { least: 4_200, most: 6_000 } as const;
/** Syncs of the journal before its first frames come, and how many of a stream may be well. */
const JOURNAL = { atStart: 60, atMost: 800 } as const;
/** How long an answer may take while the disk is slow: the event loop does not wait for it. */
const ANSWERS_WITHIN_MS = 1_000;
const SLOW_WITHIN_MS = 15_000;
const POLL_MS = 50;

const VARIANTS = ['journal', 'stall', 'every_file'] as const;
export type SlowVariant = (typeof VARIANTS)[number];

/** What one trial does: the same for the same number and seed. */
export function slowFsyncPlan({
  trial,
  random,
}: Pick<TrialContext, 'trial' | 'random'>): SyncPlan & { readonly variant: SlowVariant } {
  const variant = inTurn(VARIANTS, trial);
  const first = JOURNAL.atStart + random.below(JOURNAL.atMost);
  const inject = `delay_exit=${SLOW_MS * 1_000}`;
  switch (variant) {
    case 'journal':
      return { variant, inject, first, last: first + SLOW_SYNCS - 1, databases: ['journal.db'] };
    case 'every_file':
      // Each thread counts its own: from the start on, so that those that write little are slow as well.
      return { variant, inject, first: 1, last: SLOW_SYNCS * 2, databases: [] };
    case 'stall': {
      const ms = STALL_MS.least + random.below(STALL_MS.most - STALL_MS.least);
      return { variant, inject: `delay_exit=${ms * 1_000}`, first, last: first, databases: ['journal.db'] };
    }
  }
}

type Counts = Readonly<Record<string, number>>;

/** Acks wait; nothing else does. */
async function slow(trial: DiskTrial, tampered: Tampered, syncs: number): Promise<Counts> {
  const { rig, fleet, signal, complain, late } = trial.load;
  const since = now();
  await tampered.reached(1);
  fleet.phase();
  let answer_ms = 0;
  await trial.alarms();
  do {
    const asked = performance.now();
    await answerOf(rig, '/healthz');
    answer_ms = Math.max(answer_ms, Math.round(performance.now() - asked));
    await sleep(systemClock(), POLL_MS, signal);
  } while (
    performance.now() - since.at < SLOW_SYNCS * SLOW_MS ||
    (tampered.count < syncs && performance.now() - since.at < SLOW_WITHIN_MS)
  );
  await trial.alarms();
  if (answer_ms > ANSWERS_WITHIN_MS) late(`the server answered only after ${answer_ms} ms`);
  for (const condition of ['stalled', 'disk_full', 'failed']) {
    const tell = condition === 'stalled' ? late : complain;
    if (saidInLog(rig.server.log, condition, since.epoch)) tell(`a slow disk was called ${condition}`);
  }
  const ack_p99_ms = fleet.phase().quantile(0.99);
  return {
    slow_syncs: tampered.count,
    answer_ms,
    ack_p99_ms,
    told_ms: 0,
    back_ms: await trial.recordsAgain(),
  };
}

/** A disk that does not answer for seconds: that is told, and it passes. */
async function stalls(trial: DiskTrial): Promise<Counts> {
  const { fleet } = trial.load;
  fleet.phase();
  const since = await trial.acksStopped();
  const [told_ms] = await Promise.all([trial.told('stalled', since), trial.alarms()]);
  const back_ms = await trial.recordsAgain();
  return { slow_syncs: 1, answer_ms: 0, ack_p99_ms: fleet.phase().quantile(0.99), told_ms, back_ms };
}

async function run(context: TrialContext): Promise<TrialOutcome> {
  const { variant, ...plan } = slowFsyncPlan(context);
  const harm = (trial: DiskTrial, tampered: Tampered): Promise<Counts> =>
    variant === 'stall' ? stalls(trial) : slow(trial, tampered, SLOW_SYNCS);
  return await runSyncTrial({ name: 'slow-fsync', context, plan, harm });
}

export const SLOW_FSYNC: Scenario = {
  name: 'slow-fsync',
  about: `syncs of ${SLOW_MS} ms, or of seconds, amid ${RATE} frames a second: acks wait, nothing else does`,
  missing: straceMissing,
  run,
};
