import { influxdMissing } from '../../rig/influxd-process.ts';
import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { capacityFigures } from './capacity-figures.ts';
import { type FleetSize, fleetCapacity } from './fleet-capacity.ts';
import { embeddedCapacity, influxCapacity, type StoreCapacity, type StoreLoad } from './store-capacity.ts';

type Size = FleetSize & { readonly store: Omit<StoreLoad, 'signal'> };

const FULL: Size = {
  ...{ devices: 3_000, first: 600, metered: 20, alarms: 5_000 },
  ...{ seconds: 12, warmSeconds: 4, idleSeconds: 5, denseRate: 15_000, denseSeconds: 5 },
  store: { devices: 100, moments: 3_000, settledWithinMs: 15_000 },
};
const QUICK: Size = {
  ...{ devices: 240, first: 60, metered: 10, alarms: 200 },
  ...{ seconds: 1, warmSeconds: 0, idleSeconds: 0.5, denseRate: 5_000, denseSeconds: 0.5 },
  store: { devices: 25, moments: 1_000, settledWithinMs: 5_000 },
};

interface Stores {
  readonly influx: StoreCapacity | null;
  readonly embedded: StoreCapacity;
}

async function fillStores(load: StoreLoad): Promise<Stores> {
  const embedded = await embeddedCapacity(load);
  return { embedded, influx: influxdMissing() === null ? await influxCapacity(load) : null };
}

/** What sizing asks for: figures of one device, to be multiplied; none of them is judged. */
async function run(context: BenchContext): Promise<BenchResult> {
  const { quick, signal, show } = context;
  const size = quick ? QUICK : FULL;
  const load = { ...size.store, signal };
  if (quick) {
    // At once, to be done sooner: each in the other's way, which figures that nobody relies on can bear.
    const stores = fillStores(load);
    // Whichever fails: the other is waited for, so that nothing of it is left behind.
    const [fleet] = await Promise.allSettled([fleetCapacity(size, context), stores]);
    if (fleet.status === 'rejected') throw fleet.reason;
    return capacityFigures({ size, fleet: fleet.value, ...(await stores) });
  }
  show('filling the stores');
  const stores = await fillStores(load);
  return capacityFigures({ size, fleet: await fleetCapacity(size, context), ...stores });
}

export const CAPACITY: Benchmark = {
  name: 'capacity',
  quick: 'only_when_asked',
  about: 'what a device costs in CPU, memory, disk and network: the figures that docs/capacity.md multiplies',
  run,
};
