import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import type { BenchContext } from '../benchmark.ts';
import { benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import { type BareName, startBare } from './bare-subjects.ts';
import { LoadedSubject, type Witness } from './loaded-subject.ts';
import { isStored } from './store-lag.ts';

export const PRODUCT = 'product';
export type CostName = BareName | typeof PRODUCT;

const WITNESSES: Readonly<Record<BareName, Witness>> = {
  'raw TLS': 'rest',
  'bare ws': 'taken',
  'bare ws that acks': 'acks',
};

export interface CostFleetOptions {
  readonly baselines: readonly BareName[];
  readonly connections: number;
  readonly ackIntervalMs: number;
  /** With an InfluxDB of its own, where there is one; else the embedded store. */
  readonly influx: boolean;
}

/** The product and its baselines, each with as many wearables connected to it. */
export interface CostFleet extends AsyncDisposable {
  readonly subjects: ReadonlyMap<CostName, LoadedSubject>;
  readonly notes: readonly string[];
}

/** Starts everything that is compared. @throws CodedError */
export async function openCostFleet(
  { baselines, connections, ackIntervalMs, influx }: CostFleetOptions,
  { profile, signal, show }: Pick<BenchContext, 'profile' | 'signal' | 'show'>,
): Promise<CostFleet> {
  await using building = new AsyncDisposableStack();
  show('starting the server');
  const store = influx ? await benchStore(building) : null;
  const environment = store?.environment('vitalwire') ?? {};
  const product = building.use(await startProduct({ environment, ackIntervalMs, profile }));
  const { rig } = product;
  signal.throwIfAborted();
  const peers = await enrolPeers(rig, connections, (done) => show(`${done} of ${connections} wearables`));
  const ca = authorityPaths(rig.server.certs, 'root').certificate;
  const wearers = { ca, peers: peers.path, count: peers.count };
  const subjects = new Map<CostName, LoadedSubject>();
  for (const name of baselines) {
    signal.throwIfAborted();
    show(`connecting to ${name}`);
    const bare = building.use(await startBare(name, rig));
    const loaded = await LoadedSubject.connect(bare, { ...wearers, witness: WITNESSES[name] });
    subjects.set(name, building.use(loaded));
  }
  signal.throwIfAborted();
  show('connecting to the product');
  const isDone = () => isStored(rig);
  const loaded = await LoadedSubject.connect(product, { ...wearers, witness: 'acks', isDone });
  subjects.set(PRODUCT, building.use(loaded));
  const running = building.move();
  return {
    subjects,
    notes: store?.notes ?? [],
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
