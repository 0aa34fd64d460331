import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Influxd } from '../../rig/influxd-process.ts';
import type { FleetOptions } from '../fleet/fleet.ts';
import type { Found } from '../fleet/found.ts';
import { type LoadTrial, runLoadTrial } from '../fleet/load-trial.ts';
import { Phases } from '../fleet/phases.ts';
import type { TrialContext, TrialOutcome } from '../scenario.ts';
import { liveFrames, verdictOn } from './course-verdict.ts';
import { backlogOf } from './drain-rate.ts';
import { foundInInflux } from './found-in-influx.ts';
import { OrderWatch } from './order-watch.ts';
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
/** At least; what was away for long may take as long. */
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
  readonly trouble: (trial: LoadTrial, begins: () => void) => Promise<void>;
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
      complain = trial.complain;
      await using order = new OrderWatch(influxd, trial.fleet.records, options.never);
      order.start();
      const counts = await troubled(options, trial, rate, order);
      disordered.push(...order.disordered);
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
  const { rig, fleet, signal, complain, late } = trial;
  await using watch = new StoreWatch(rig, fleet);
  await using phases = new Phases(fleet, rig.server.directory);
  await sleep(systemClock(), BEFORE_MS, signal);
  const before = phases.end();
  let began = performance.now();
  await trouble(trial, () => {
    began = performance.now();
  });
  const over = performance.now();
  const during = phases.end();
  const looksBefore = order.looks;
  const writtenThen = watch.seen.at(-1)?.written ?? 0;
  const soon = { withinMs: DRAINED_WITHIN_MS + (context.asked.outageS ?? 0) * 1_000, signal };
  const resumed = await watch.until(({ written }) => written > writtenThen, { at: over, ...soon });
  // After points were refused the store is not called well for minutes, although all others are written.
  const isWell = ({ store, quarantined }: Seen): boolean => store === 'ok' || quarantined > 0;
  const drained = await watch.until((one) => backlogOf(one) <= liveFrames(rate) && isWell(one), {
    ...{ at: resumed?.at ?? over, ...soon },
  });
  const drain = phases.end();
  const looks = order.looks - looksBefore;
  await sleep(systemClock(), AFTER_MS, signal);
  const verdict = verdictOn({
    ...{ rate, began, over, resumed, drained, looks, seen: watch.seen },
    phases: { before, during, drain, after: phases.end() },
  });
  for (const fault of verdict.faults) complain(fault);
  for (const fault of verdict.late) late(fault);
  // Kept if the directory is: with the trial's evidence.
  writeFileSync(join(rig.server.directory, 'seen.json'), JSON.stringify(watch.seen));
  return verdict.counts;
}
