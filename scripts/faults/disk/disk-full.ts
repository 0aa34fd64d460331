import { sleep, systemClock } from '../../../src/core/clock.ts';
import { inTurn, type Scenario, type TrialContext, type TrialOutcome } from '../scenario.ts';
import { type DiskTrial, RATE, runDiskTrial } from './disk-trial.ts';
import { mountMissing, SmallDisk } from './small-disk.ts';

/** Room for what a trial writes, and for the write-ahead logs of six databases. */
const DISK_MIB = 96;
const MAX_MOMENT_MS = 1_000;
/** How long the disk is full, once that is known. */
const FULL_MS = 1_500;
const MAX_AGAIN_MS = 500;
const DRAINED_WITHIN_MS = 20_000;
const REFUSED_WITHIN_MS = 10_000;
/** What a start has to say of a disk that is full. */
const SAYS_FULL = /full|space/i;

const VARIANTS = ['amid_stream', 'before_anything', 'again_soon', 'killed', 'started_full'] as const;
export type DiskFullVariant = (typeof VARIANTS)[number];

/** What one trial does: the same for the same number and seed. */
export interface DiskFullPlan {
  readonly variant: DiskFullVariant;
  /** After so long a stream. */
  readonly momentMs: number;
  /** After so long with space, in the variant of that name. */
  readonly againMs: number;
}

export function diskFullPlan({ trial, random }: Pick<TrialContext, 'trial' | 'random'>): DiskFullPlan {
  return {
    variant: inTurn(VARIANTS, trial),
    momentMs: random.below(MAX_MOMENT_MS),
    againMs: random.below(MAX_AGAIN_MS),
  };
}

type Counts = Readonly<Record<string, number>>;

/** Fills the disk and waits until nothing is acked; gives how long from then on it took until that was told everywhere. */
async function fill(trial: DiskTrial, disk: SmallDisk): Promise<number> {
  disk.fill();
  return await trial.told('disk_full', await trial.acksStopped());
}

async function amidStream(trial: DiskTrial, disk: SmallDisk): Promise<Counts> {
  const told_ms = await fill(trial, disk);
  await trial.holds(FULL_MS);
  disk.free();
  return { told_ms, back_ms: await trial.recordsAgain() };
}

/** The disk is full before a server that has just started has written anything of a device. */
async function beforeAnything(trial: DiskTrial, disk: SmallDisk): Promise<Counts> {
  const { fleet, rig } = trial.load;
  fleet.rest();
  await fleet.drain(DRAINED_WITHIN_MS);
  trial.restarted = true;
  await rig.server.stop();
  await rig.server.startAgain();
  disk.fill();
  fleet.offer();
  return await amidStream(trial, disk);
}

async function againSoon(trial: DiskTrial, disk: SmallDisk, againMs: number): Promise<Counts> {
  const first = await amidStream(trial, disk);
  await sleep(systemClock(), againMs, trial.load.signal);
  const second = await amidStream(trial, disk);
  const worst = (name: string): number => Math.max(first[name] ?? 0, second[name] ?? 0);
  return { told_ms: worst('told_ms'), back_ms: worst('back_ms') };
}

/** @param startsFull a start is tried while there is no space, too */
async function killed(trial: DiskTrial, disk: SmallDisk, startsFull: boolean): Promise<Counts> {
  const told_ms = await fill(trial, disk);
  await trial.holds(FULL_MS);
  const { server } = trial.load.rig;
  trial.restarted = true;
  await server.kill();
  const runs = startsFull && (await startFull(trial));
  disk.free();
  if (!runs) await server.startAgain();
  return { told_ms, back_ms: await trial.recordsAgain() };
}

/**
 * A start while there is no space says why it cannot be; or, where the files that are there have room for its first words,
 * goes on as the server before it did. Gives whether it runs.
 */
async function startFull(trial: DiskTrial): Promise<boolean> {
  const { rig, complain, late } = trial.load;
  const began = performance.now();
  const refusal = await rig.server.startAgain().then(
    () => null,
    (error: Error) => error.message,
  );
  if (refusal === null) {
    await trial.told('disk_full');
    await trial.holds(FULL_MS);
    return true;
  }
  if (!SAYS_FULL.test(refusal)) complain(`a start on a full disk said: ${refusal}`);
  const ms = Math.round(performance.now() - began);
  if (ms > REFUSED_WITHIN_MS) late(`a start on a full disk was refused only after ${ms} ms`);
  return false;
}

async function harm(trial: DiskTrial, disk: SmallDisk, plan: DiskFullPlan): Promise<Counts> {
  await sleep(systemClock(), plan.momentMs, trial.load.signal);
  switch (plan.variant) {
    case 'amid_stream':
      return await amidStream(trial, disk);
    case 'before_anything':
      return await beforeAnything(trial, disk);
    case 'again_soon':
      return await againSoon(trial, disk, plan.againMs);
    case 'killed':
      return await killed(trial, disk, false);
    case 'started_full':
      return await killed(trial, disk, true);
  }
}

async function run(context: TrialContext): Promise<TrialOutcome> {
  const plan = diskFullPlan(context);
  await using disk = await SmallDisk.mount(DISK_MIB);
  const server = { data: disk.path };
  const name = 'disk-full';
  return await runDiskTrial({ name, context, server, harm: (trial) => harm(trial, disk, plan) });
}

export const DISK_FULL: Scenario = {
  name: 'disk-full',
  about: `a disk without space amid ${RATE} frames a second: no acks, alarms go on, and all goes on by itself with space`,
  missing: mountMissing,
  run,
};
