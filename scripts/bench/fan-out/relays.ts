import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import { WARD } from '../../rig/rig.ts';
import type { BenchContext } from '../benchmark.ts';
import { enrolClinicians } from '../relay/clinicians.ts';
import { startBaseline } from '../subjects/baseline.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { type Product, startProduct } from '../subjects/product.ts';
import { Audience } from './audience.ts';
import type { FanOutName } from './fan-out-result.ts';

/** Wearables whose breaches are relayed, in turn: few, so that alarms are nearly all that is relayed. */
const DEVICES = 2;

/** Two servers of the same kind: one that has everybody, and one that has a single clinician. */
export interface Relay {
  readonly everybody: Audience;
  readonly single: Audience;
}

export interface Relays extends AsyncDisposable {
  readonly relays: Readonly<Record<FanOutName, Relay>>;
  /** What a clinician is sent of one alarm. */
  readonly texts: readonly string[];
}

/** A server and those of its registry: paths of files that both ends of a relay read. */
interface Peopled {
  readonly product: Product;
  readonly people: string;
  readonly wearables: string;
}

/** Both, or what one failed of once neither is under way: nobody would close what is opened after that. */
async function both<Opened>(
  everybody: Promise<Opened>,
  single: Promise<Opened>,
): Promise<{ readonly everybody: Opened; readonly single: Opened }> {
  await Promise.allSettled([everybody, single]);
  return { everybody: await everybody, single: await single };
}

async function openProduct(clinicians: number, within: AsyncDisposableStack): Promise<Peopled> {
  const product = within.use(await startProduct({ journal: false }));
  const { path: wearables } = await enrolPeers(product.rig, DEVICES, () => {});
  const { path: people } = await enrolClinicians(product.rig, clinicians);
  return { product, people, wearables };
}

async function relayOf(
  { product: { rig, pid, port }, people, wearables }: Peopled,
  rate: number,
  within: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Audience> {
  const ca = authorityPaths(rig.server.certs, 'root').certificate;
  const audience = within.use(
    await Audience.open({
      ...{ name: 'product', pid },
      devices: { ca, peers: wearables, first: 0, count: DEVICES, port, speaks: { kind: 'breaches' } },
      clinicians: { ca, peers: people, ward: WARD, port: rig.server.clinicianPort },
    }),
  );
  // A device's first alarm is raised and each further one recurs: all of them are to be alike.
  await audience.block(DEVICES, rate, signal);
  return audience;
}

async function naiveRelayOf(
  { product, people, wearables }: Peopled,
  texts: readonly string[],
  within: AsyncDisposableStack,
): Promise<Audience> {
  const { certs } = product.rig.server;
  const ca = authorityPaths(certs, 'root').certificate;
  const { certificate: cert, key } = serverPaths(certs);
  const { pid, port } = within.use(
    await startBaseline({
      ...{ name: 'naive', entry: 'naive-relay.ts', cert, key, ca },
      ...{ dialect: { name: 'bare_websocket' }, taken: null },
    }),
  );
  const devices = { ca, peers: wearables, first: 0, count: DEVICES, port } as const;
  const audience = within.use(
    await Audience.open({
      ...{ name: 'naive', pid, devices: { ...devices, speaks: { kind: 'publishes', texts } } },
      clinicians: { ca, peers: people, ward: WARD, port },
    }),
  );
  await audience.sample();
  return audience;
}

/**
 * Starts the product and the naive relay, each twice, and connects one clinician to each.
 * @param most clinicians there are to be @param rate alarms a second
 */
export async function openRelays(
  most: number,
  rate: number,
  { signal, show }: Pick<BenchContext, 'signal' | 'show'>,
): Promise<Relays> {
  await using building = new AsyncDisposableStack();
  show(`starting the servers, enrolling ${most} clinicians`);
  const peopled = await both(openProduct(most, building), openProduct(1, building));
  signal.throwIfAborted();
  const product = await both(
    relayOf(peopled.everybody, rate, building, signal),
    relayOf(peopled.single, rate, building, signal),
  );
  const { everybody: texts } = await both(product.everybody.sample(), product.single.sample());
  signal.throwIfAborted();
  const naive = await both(
    naiveRelayOf(peopled.everybody, texts, building),
    naiveRelayOf(peopled.everybody, texts, building),
  );
  const running = building.move();
  return { relays: { product, naive }, texts, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
