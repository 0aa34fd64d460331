import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { openRig, type Rig } from '../../rig/rig.ts';
import type { ServerOptions } from '../../rig/server-process.ts';
import { metricsOf } from '../../rig/server-state.ts';
import type { TrialContext, TrialOutcome } from '../scenario.ts';
import { unlessAborted } from '../until.ts';
import type { DeviceRecord } from './device-record.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import type { Found } from './found.ts';
import { foundInJournal, keepJournal } from './found-in-journal.ts';
import { foundInStore } from './found-in-store.ts';
import { judge, together } from './verdict.ts';

const SETTLED_WITHIN_MS = 60_000;
const POLL_MS = 100;

/** What a harm gets to work with. */
export interface LoadTrial extends TrialContext {
  readonly rig: Rig;
  /** It streams when the harm begins, and when it ends. */
  readonly fleet: Fleet;
  /** Notes what must not be: the trial does not hold. */
  readonly complain: (fault: string) => void;
  /** The same of what only took too long: no fault where nobody is in a hurry. */
  readonly late: (fault: string) => void;
  /** What another device sent, and was acked by the end of the harm, is compared too. */
  readonly judgeToo: (record: DeviceRecord) => void;
}

export interface LoadTrialOptions {
  readonly name: string;
  readonly context: TrialContext;
  readonly devices: number;
  readonly rate: number;
  /** Frames a second that must have been offered: with less, the trial shows nothing. */
  readonly offeredAtLeast?: number;
  readonly server?: ServerOptions;
  /** What the oracle finds is what is wanted: nothing is kept of it. */
  readonly meantToFail?: boolean;
  readonly client?: FleetOptions['client'];
  /** Where devices connect, when not straight to the server. */
  readonly connectThrough?: (rig: Rig) => Promise<NonNullable<FleetOptions['client']>>;
  readonly ahead?: FleetOptions['ahead'];
  readonly also?: FleetOptions['also'];
  /** How long all is well before the harm, at least. Milliseconds. */
  readonly warmUpMs?: number;
  /** Does the harm, and undoes it; gives what else is to be counted. */
  readonly harm: (trial: LoadTrial) => Promise<Readonly<Record<string, number>>>;
  /** Where the telemetry went, read after the server has stopped. Default: the embedded store. */
  readonly inStore?: (rig: Rig) => Promise<Found> | Found;
}

/**
 * One trial under load: devices stream at a steady rate, harm is done and undone, everything comes to rest, the server is
 * stopped; then what the devices know is compared with the journal and with the store.
 */
export async function runLoadTrial(options: LoadTrialOptions): Promise<TrialOutcome> {
  const {
    name,
    context,
    devices,
    rate,
    warmUpMs = 300,
    inStore = (rig) => foundInStore(rig.server.data),
  } = options;
  const faults: string[] = [];
  await using rig = await openRig(name, options.server ?? {});
  keepJournal(rig.server.data);
  const random = context.random.fork('fleet');
  const { client = {}, also, ahead } = options;
  await using fleet = await Fleet.connect({
    ...{ rig, devices, rate, random },
    client: { ...client, ...(await options.connectThrough?.(rig)) },
    ...(also === undefined ? {} : { also }),
    ...(ahead === undefined ? {} : { ahead }),
  });
  fleet.offer();
  await sleep(systemClock(), warmUpMs + context.random.below(300), context.signal);
  const others: DeviceRecord[] = [];
  const counts = await options.harm({
    ...{ ...context, rig, fleet },
    complain: (fault) => void faults.push(fault),
    late: (fault) => void (context.asked.unhurried || faults.push(fault)),
    judgeToo: (record) => void others.push(record),
  });
  context.signal.throwIfAborted();
  const offered = fleet.rest();
  if (!context.asked.unhurried && offered.perSecond < (options.offeredAtLeast ?? 0))
    faults.push(`only ${offered.perSecond} frames a second were offered`);
  const unsettled = await unlessAborted(fleet.drain(SETTLED_WITHIN_MS), context.signal).then(
    () => null,
    (error: Error) => error.message,
  );
  if (unsettled !== null) faults.push(`not everything was acked in the end: ${unsettled}`);
  else await storeDrained(rig, context.signal).catch((error: Error) => void faults.push(error.message));
  context.signal.throwIfAborted();
  await rig.server.stop();
  const records = [...fleet.records, ...others];
  const verdict = together([
    judge(records, foundInJournal(rig.server.data), 'the journal'),
    judge(records, await inStore(rig), 'the store'),
  ]);
  const of = (count: (record: (typeof records)[number]) => number): number =>
    records.reduce((sum, record) => sum + count(record), 0);
  const dropped = of((record) => record.dropped);
  if (dropped > 0) faults.push(`the devices had to drop ${dropped} moments: their backlog was too small`);
  const outcome = {
    counts: {
      ...verdict.losses,
      offered_per_s: offered.perSecond,
      sent: of(({ sent }) => sent.length),
      acked: of((record) => record.ackedMoments().length),
      ...counts,
    },
    faults: [...verdict.faults, ...faults],
  };
  if (outcome.faults.length === 0 || options.meantToFail) return { ...outcome, evidence: null };
  rig.server.keep({ ...outcome, records });
  return { ...outcome, evidence: rig.server.directory };
}

/** Resolves when everything in the journal is in the store. Rejects when the signal aborts. @throws CodedError `store_not_drained` */
async function storeDrained(rig: Rig, signal: AbortSignal): Promise<void> {
  const until = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const unread = (await metricsOf(rig)).get('vitalwire_journal_unread_batches');
    if (unread === 0) return;
    if (performance.now() > until)
      throw new CodedError('store_not_drained', `the store lacks ${unread} batches of the journal`);
    await sleep(systemClock(), POLL_MS, signal);
  }
}
