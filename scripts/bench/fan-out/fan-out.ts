import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import { WARD } from '../../rig/rig.ts';
import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { enrolClinicians } from '../relay/clinicians.ts';
import { startBaseline } from '../subjects/baseline.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { type Product, startProduct } from '../subjects/product.ts';
import { Audience, type FanOutBlock } from './audience.ts';
import {
  FAN_OUT_NAMES,
  type FanOutName,
  type FanOutTurn,
  fanOutResult,
  type SizeTurns,
} from './fan-out-result.ts';

/**
 * `rate`: alarms a second, at every size alike, so that what the product sends once a second beside them weighs the same; few
 * enough that one is over before the next. Judged is the last size.
 */
const FULL = {
  ...{ sizes: [100, 400, 1_000], turns: { judged: 6, beside: 2 }, frames: 48, rate: 20 },
  warmFrames: 60,
};
const QUICK = { sizes: [300], turns: { judged: 4, beside: 0 }, frames: 24, rate: 60, warmFrames: 40 };
/** Wearables whose breaches are relayed, in turn: few, so that alarms are nearly all that is relayed. */
const DEVICES = 2;

/** Each relay twice: one that has everybody, and one that has a single clinician. */
interface Relay {
  readonly everybody: Audience;
  readonly single: Audience;
}

interface Relays extends AsyncDisposable {
  readonly relays: Readonly<Record<FanOutName, Relay>>;
  /** What a clinician is sent of one alarm. */
  readonly texts: readonly string[];
}

/** The product and whom it has: the people of a registry are those of one server. */
async function openProduct(
  clinicians: number,
  within: AsyncDisposableStack,
): Promise<{ readonly product: Product; readonly people: string; readonly wearables: string }> {
  const product = within.use(await startProduct({ journal: false }));
  const { path: wearables } = await enrolPeers(product.rig, DEVICES, () => {});
  const { path: people } = await enrolClinicians(product.rig, clinicians);
  return { product, people, wearables };
}

async function openRelays(
  most: number,
  rate: number,
  { signal, show }: Pick<BenchContext, 'signal' | 'show'>,
): Promise<Relays> {
  await using building = new AsyncDisposableStack();
  show(`starting the servers, enrolling ${most} clinicians`);
  const [many, one] = await Promise.all([openProduct(most, building), openProduct(1, building)]);
  signal.throwIfAborted();
  const productFor = async ({ product, people, wearables }: typeof many): Promise<Audience> => {
    const { rig, pid, port } = product;
    const ca = authorityPaths(rig.server.certs, 'root').certificate;
    const devices = {
      ca,
      peers: wearables,
      first: 0,
      count: DEVICES,
      port,
      speaks: { kind: 'breaches' },
    } as const;
    const clinicians = { ca, peers: people, ward: WARD, port: rig.server.clinicianPort };
    const audience = building.use(await Audience.open({ name: 'product', pid, devices, clinicians }));
    // A device's first alarm is raised and each further one recurs: all of them are to be alike.
    await audience.block(DEVICES, rate, signal);
    return audience;
  };
  const product = { everybody: await productFor(many), single: await productFor(one) };
  const texts = await product.everybody.sample();
  await product.single.sample();
  const { certs } = many.product.rig.server;
  const ca = authorityPaths(certs, 'root').certificate;
  const { certificate: cert, key } = serverPaths(certs);
  const naiveOne = async (): Promise<Audience> => {
    const { pid, port } = building.use(
      await startBaseline({
        ...{ name: 'naive', entry: 'naive-relay.ts', cert, key, ca },
        ...{ dialect: { name: 'bare_websocket' }, taken: null },
      }),
    );
    const devices = { ca, peers: many.wearables, first: 0, count: DEVICES, port } as const;
    const audience = building.use(
      await Audience.open({
        ...{ name: 'naive', pid, devices: { ...devices, speaks: { kind: 'publishes', texts } } },
        clinicians: { ca, peers: many.people, ward: WARD, port },
      }),
    );
    await audience.sample();
    return audience;
  };
  const naive = { everybody: await naiveOne(), single: await naiveOne() };
  const running = building.move();
  return { relays: { product, naive }, texts, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function run({ quick, signal, show }: BenchContext): Promise<BenchResult> {
  const { sizes, turns, frames, rate, warmFrames } = quick ? QUICK : FULL;
  const most = Math.max(...sizes);
  await using open = await openRelays(most, rate, { signal, show });
  const { relays, texts } = open;
  const measured: SizeTurns[] = [];
  for (const size of sizes) {
    show(`${size} clinicians`);
    for (const name of FAN_OUT_NAMES) await relays[name].everybody.grow(size);
    const all = FAN_OUT_NAMES.flatMap((name) => [relays[name].everybody, relays[name].single]);
    await Promise.all(all.map((audience) => audience.block(warmFrames, rate / 2, signal)));
    const count = turns[size === most ? 'judged' : 'beside'];
    const found: FanOutTurn[] = [];
    for (let i = 0; i < count; i++) {
      show(`${size} clinicians, turn ${i + 1} of ${count}`);
      found.push(await turnOf(relays, i, (audience) => audience.block(frames, rate, signal)));
    }
    measured.push({ size, turns: found });
  }
  return fanOutResult(measured, texts);
}

/** Which comes first changes from turn to turn, so that what grows with time favours none. */
async function turnOf(
  relays: Relays['relays'],
  turn: number,
  block: (audience: Audience) => Promise<FanOutBlock>,
): Promise<FanOutTurn> {
  const found: Partial<Record<FanOutName, FanOutTurn[FanOutName]>> = {};
  for (const name of turn % 2 === 0 ? FAN_OUT_NAMES : FAN_OUT_NAMES.toReversed()) {
    const { everybody, single } = relays[name];
    found[name] = { everybody: await block(everybody), single: await block(single) };
  }
  return found as FanOutTurn;
}

export const FAN_OUT: Benchmark = {
  name: 'fan-out',
  about: 'CPU that each further clinician takes of an alarm, up to 1,000 of them, against a naive relay',
  targets: ['P10'],
  run,
};
