import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Influxd } from '../../rig/influxd-process.ts';
import type { FleetOptions } from '../fleet/fleet.ts';
import type { Found } from '../fleet/found.ts';
import { type LoadTrial, runLoadTrial } from '../fleet/load-trial.ts';
import type { TrialContext, TrialOutcome } from '../scenario.ts';
import { backlogOf, drainOf } from './drain-rate.ts';
import { foundInInflux } from './found-in-influx.ts';
import { OrderWatch } from './order-watch.ts';
import { type Phase, Phases } from './phases.ts';
import { type Seen, StoreWatch } from './store-watch.ts';

export const DEVICES = 20;
/** Frames a second of all devices. */
const RATE = 2_000;
const OFFERED_SHARE = 0.9;
/** A write that is not answered within this is given up. */
export const TIMEOUT_MS = 1_000;
const WARM_UP_MS = 1_000;
const BEFORE_MS = 2_000;
const AFTER_MS = 1_000;

/** R2 of the design: acks at most twice as late. Below the floor, a busy machine makes the difference. */
const ACK_FACTOR = 2;
const ACK_FLOOR_MS = 25;
/** R2: a backlog is drained at this many times what comes, or more. */
const DRAIN_FACTOR = 2;
/** With less, the rate is that of chance. Seconds of what comes. */
const BACKLOG_WORTH_S = 1;
/** So much is under way while all is well. Seconds of what comes. */
const LIVE_S = 0.5;
/** What the process may grow by, whatever the backlog: it waits on disk. */
const MAX_GROWTH_MIB = 96;
const TOLD_WITHIN_MS = 5_000;
/** The longest pause between two attempts is 10 s. */
const RESUMED_WITHIN_MS = 15_000;
const DRAINED_WITHIN_MS = 30_000;

export interface StoreTroubleOptions {
  readonly name: string;
  readonly context: TrialContext;
  /** Where it all ends up; running, and disposed of by whoever started it. */
  readonly influxd: Influxd;
  /** Where the server takes it to be, if not where it is. */
  readonly url?: string;
  readonly also?: FleetOptions['also'];
  /** Moments that the store will never take. */
  readonly never?: (device: string, t: number) => boolean;
  /** Makes trouble, says when it begins, and resolves when there is none any more. */
  readonly trouble: (trial: LoadTrial, begins: () => void) => Promise<Readonly<Record<string, number>>>;
  /** Where the telemetry went. Default: InfluxDB. */
  readonly inStore?: (data: string, complain: LoadTrial['complain']) => Promise<Found>;
}

/**
 * A trial in which the store is in trouble while devices stream: what they wait for, the server's memory and what it says
 * of itself are compared with what was before, and the backlog must be drained faster than more comes, in order.
 */
export async function storeTrial(options: StoreTroubleOptions): Promise<TrialOutcome> {
  const { name, context, influxd, also, inStore = () => foundInInflux(influxd) } = options;
  const rate = context.asked.rate ?? RATE;
  const disordered: string[] = [];
  let complain: LoadTrial['complain'] = () => undefined;
  return await runLoadTrial({
    ...{ name, context, devices: DEVICES, rate, offeredAtLeast: rate * OFFERED_SHARE, warmUpMs: WARM_UP_MS },
    ...(also === undefined ? {} : { also }),
    server: {
      environment: {
        VITALWIRE_STORE: 'influxdb',
        INFLUX_URL: options.url ?? influxd.url,
        INFLUX_VERSION: '1',
        INFLUX_TIMEOUT_MS: String(TIMEOUT_MS),
      },
    },
    harm: async (trial) => {
      await using watch = new OrderWatch(influxd, trial.fleet.records, options.never);
      watch.start();
      complain = trial.complain;
      const counts = await troubled(options, trial, rate, watch);
      disordered.push(...watch.disordered);
      return counts;
    },
    inStore: async ({ server }) => ({ ...(await inStore(server.data, complain)), disordered }),
  });
}

async function troubled(
  { trouble, context }: StoreTroubleOptions,
  trial: LoadTrial,
  rate: number,
  order: OrderWatch,
): Promise<Readonly<Record<string, number>>> {
  const { rig, fleet, signal, complain } = trial;
  await using watch = new StoreWatch(rig, fleet);
  using phases = new Phases(fleet);
  await sleep(systemClock(), BEFORE_MS, signal);
  const before = phases.end();
  let began = performance.now();
  const counts = await trouble(trial, () => {
    began = performance.now();
  });
  const over = performance.now();
  const during = phases.end();
  const looksBefore = order.looks;
  const withinMs = DRAINED_WITHIN_MS + (context.asked.outageS ?? 0) * 1_000;
  const live = rate * LIVE_S;
  const atOver = watch.seen.at(-1)?.written ?? 0;
  const resumed = await watch.until(({ written }) => written > atOver, { at: over, withinMs, signal });
  const drained = await watch.until((one) => backlogOf(one) <= live && one.store === 'ok', {
    ...{ at: resumed?.at ?? over, withinMs, signal },
  });
  const drain = phases.end();
  const looks = order.looks - looksBefore;
  await sleep(systemClock(), AFTER_MS, signal);
  const after = phases.end();

  const told = watch.since(began).find(({ store }) => store !== 'ok');
  if (told === undefined || told.at - began > TOLD_WITHIN_MS)
    complain(`/readyz did not tell the state of the store within ${TOLD_WITHIN_MS / 1_000} s`);
  if (resumed === null || resumed.at - over > RESUMED_WITHIN_MS)
    complain(`nothing was written within ${RESUMED_WITHIN_MS / 1_000} s of the store's return`);
  if (drained === null) complain(`the backlog was not drained within ${withinMs / 1_000} s`);
  if (looks === 0) complain('nobody looked at the order in the store while the backlog was drained');
  compareAcks(before, { during, drain, after }, complain);
  return {
    ...counts,
    trouble_ms: Math.round(over - began),
    told_ms: Math.round((told?.at ?? Number.NaN) - began),
    resumed_ms: Math.round((resumed?.at ?? Number.NaN) - over),
    ...compareDrain(watch.since(over), rate, complain),
    ack_p99_before_ms: before.ackP99Ms,
    ack_p99_during_ms: during.ackP99Ms,
    ack_p99_drain_ms: drain.ackP99Ms,
    ack_p99_after_ms: after.ackP99Ms,
    harness_p99_ms: Math.max(...[before, during, drain].map(({ harnessP99Ms }) => harnessP99Ms)),
    ...compareMemory(watch.seen, began, complain),
    order_looks: looks,
  };
}

function compareAcks(
  before: Phase,
  later: Readonly<Record<string, Phase>>,
  complain: (fault: string) => void,
): void {
  for (const [name, { ackP99Ms, harnessP99Ms }] of Object.entries(later)) {
    // What this process is late by itself tells nothing about the server.
    const bound = ACK_FACTOR * Math.max(before.ackP99Ms, ACK_FLOOR_MS, harnessP99Ms);
    if (ackP99Ms > bound)
      complain(
        `ack p99 ${name}: ${ackP99Ms} ms, before: ${before.ackP99Ms} ms; the harness itself was late by ${harnessP99Ms} ms`,
      );
  }
}

function compareDrain(
  seen: readonly Seen[],
  rate: number,
  complain: (fault: string) => void,
): Readonly<Record<string, number>> {
  const drain = drainOf(seen, rate * LIVE_S);
  const { backlog = 0, tookMs = 0, writtenPerS = 0, ingestPerS = 0 } = drain ?? {};
  if (backlog < rate * BACKLOG_WORTH_S)
    complain(
      `there was no backlog worth the name (${backlog} frames), the trial shows nothing of how it is drained`,
    );
  else if (writtenPerS < DRAIN_FACTOR * ingestPerS)
    complain(`the backlog was drained at ${writtenPerS} frames a second, while ${ingestPerS} came`);
  return { backlog, drain_ms: tookMs, drain_per_s: writtenPerS, ingest_per_s: ingestPerS };
}

function compareMemory(
  seen: readonly Seen[],
  began: number,
  complain: (fault: string) => void,
): Readonly<Record<string, number>> {
  const start = seen.findLast(({ at }) => at <= began)?.residentMiB ?? 0;
  const max = Math.max(...seen.map(({ residentMiB }) => residentMiB));
  const growth = max - start;
  if (growth > MAX_GROWTH_MIB)
    complain(`the server grew by ${growth} MiB, from ${start}: more than ${MAX_GROWTH_MIB}`);
  return {
    rss_start_mib: start,
    rss_max_mib: max,
    rss_end_mib: seen.at(-1)?.residentMiB ?? 0,
    rss_growth_mib: growth,
  };
}
