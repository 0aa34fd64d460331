import { sleep, systemClock } from '../../../src/core/clock.ts';
import { inTurn, type Scenario, type TrialContext, type TrialOutcome } from '../scenario.ts';
import { type DiskTrial, RATE } from './disk-trial.ts';
import { straceMissing } from './strace.ts';
import { runSyncTrial, type SyncPlan, type Tampered } from './synced-server.ts';
import { now } from './told.ts';

/** Syncs of the journal by the time that its first frames come, and how many of a stream may be well: seconds of it. */
const JOURNAL = { atStart: 60, atMost: 800 } as const;
/** Syncs of the others at their start, give or take, and how many fail. */
const OTHERS = { atStart: 12, atMost: 20, failing: 4 } as const;
/** By decision the process stays for 10 s after its journal has failed, so that people see why. */
const STAYS_MS = { least: 5_000, most: 16_000 } as const;
const READY_WITHIN_MS = 5_000;
const SHOWS_WITHIN_MS = 500;
const FAILS_WITHIN_MS = 10_000;

/** Whose syncs fail. */
const TARGETS = ['journal', 'telemetry', 'alarms', 'journal_once'] as const;
export type FsyncTarget = (typeof TARGETS)[number];

/** What one trial does: the same for the same number and seed. */
export function fsyncErrorPlan({
  trial,
  random,
}: Pick<TrialContext, 'trial' | 'random'>): SyncPlan & { readonly target: FsyncTarget } {
  const target = inTurn(TARGETS, trial);
  const inject = 'error=EIO';
  if (target === 'journal' || target === 'journal_once') {
    const first = JOURNAL.atStart + random.below(JOURNAL.atMost);
    const last = target === 'journal' ? null : first;
    return { target, inject, first, last, databases: ['journal.db'] };
  }
  const first = OTHERS.atStart + random.below(OTHERS.atMost);
  return { target, inject, first, last: first + OTHERS.failing - 1, databases: [`${target}.db`] };
}

type Counts = Readonly<Record<string, number>>;

/**
 * Never an ack for what a failed fsync was to make durable; alarms are heard until the process ends by itself, and its
 * supervisor, which is the harness here, starts it again.
 */
async function journalFails(trial: DiskTrial, tampered: Tampered): Promise<Counts> {
  const { rig, complain, late } = trial.load;
  await tampered.reached(1);
  const since = now();
  const [told_ms] = await Promise.all([trial.told('failed', since), trial.holds(2_000)]);
  const code = await rig.server.ended();
  const stayed_ms = Math.round(performance.now() - since.at);
  if (code !== 1) complain(`the server ended with ${code} after its journal had failed`);
  if (stayed_ms < STAYS_MS.least || stayed_ms > STAYS_MS.most)
    late(`the server stayed for ${stayed_ms} ms after its journal had failed`);
  return { told_ms, stayed_ms, ...(await startAgain(trial)) };
}

async function startAgain(trial: DiskTrial): Promise<Counts> {
  const { rig, late } = trial.load;
  trial.restarted = true;
  const began = performance.now();
  await rig.server.startAgain({ launcher: [] });
  const ready_ms = Math.round(performance.now() - began);
  if (ready_ms > READY_WITHIN_MS) late(`the server was ready only after ${ready_ms} ms`);
  return { ready_ms, back_ms: await trial.recordsAgain() };
}

/** One failure only: of a commit it is as bad as many; of a checkpoint SQLite does that again, and nothing was promised. */
async function journalFailsOnce(trial: DiskTrial, tampered: Tampered): Promise<Counts> {
  await tampered.reached(1);
  await sleep(systemClock(), SHOWS_WITHIN_MS, trial.load.signal);
  if ((await trial.stateOf('journal')) !== 'ok') return await journalFails(trial, tampered);
  return { told_ms: 0, stayed_ms: 0, ready_ms: 0, back_ms: await trial.recordsAgain() };
}

/** The store is behind the journal: devices notice nothing of it. */
async function storeFails(trial: DiskTrial, tampered: Tampered): Promise<Counts> {
  const { complain } = trial.load;
  await tampered.reached(1);
  const since = now();
  const back_ms = await trial.recordsAgain();
  await trial.alarms();
  const told_ms = await trial.seen(since, 'store_transient');
  if ((await trial.stateOf('journal')) !== 'ok') complain('the journal suffers from the store');
  await tampered.reached(OTHERS.failing);
  return { told_ms, stayed_ms: 0, ready_ms: 0, back_ms };
}

/** Alarms are heard, and in the log when its disk takes them again; the probe asks for that at the end of the trial. */
async function alarmLogFails(trial: DiskTrial, tampered: Tampered): Promise<Counts> {
  const since = now();
  while (tampered.count === 0 && performance.now() - since.at < FAILS_WITHIN_MS) await trial.alarms();
  if (tampered.count === 0) trial.load.complain('no sync of the alarm log failed');
  const told_ms = await trial.seen(since, 'alarm_log_failed');
  await trial.alarms();
  return { told_ms, stayed_ms: 0, ready_ms: 0, back_ms: await trial.recordsAgain() };
}

async function run(context: TrialContext): Promise<TrialOutcome> {
  const { target, ...plan } = fsyncErrorPlan(context);
  const harms = {
    journal: journalFails,
    journal_once: journalFailsOnce,
    telemetry: storeFails,
    alarms: alarmLogFails,
  };
  return await runSyncTrial({ name: 'fsync-error', context, plan, harm: harms[target] });
}

export const FSYNC_ERROR: Scenario = {
  name: 'fsync-error',
  about: `an fsync that fails amid ${RATE} frames a second: no acks, alarms go on, and a restart brings all back`,
  missing: straceMissing,
  run,
};
