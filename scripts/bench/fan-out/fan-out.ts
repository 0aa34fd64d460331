import { authorityPaths, serverPaths } from '../../../src/identity/certificate-directory.ts';
import { WARD } from '../../rig/rig.ts';
import type { BenchContext, Benchmark, BenchResult } from '../benchmark.ts';
import { enrolClinicians } from '../relay/clinicians.ts';
import { startBaseline } from '../subjects/baseline.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { startProduct } from '../subjects/product.ts';
import { Audience, type FanOutBlock } from './audience.ts';
import { fanOutResult } from './fan-out-result.ts';

/**
 * `rate`: alarms a second, at every size alike, so that what the product sends once a second beside them weighs the same; few
 * enough that one is over before the next.
 */
const FULL = { sizes: [100, 400, 1_000], pairs: 5, seconds: 3, rate: 16 };
const QUICK = { sizes: [100, 400], pairs: 2, seconds: 0.5, rate: 32 };
/** Wearables whose breaches are relayed, in turn: few, so that alarms are nearly all that is relayed. */
const DEVICES = 2;

async function run({ quick, signal, show }: BenchContext): Promise<BenchResult> {
  const { sizes, pairs, seconds, rate } = quick ? QUICK : FULL;
  const most = Math.max(...sizes);
  await using running = new AsyncDisposableStack();
  show('starting the server');
  const product = running.use(await startProduct({ journal: false }));
  const { rig, pid } = product;
  const ca = authorityPaths(rig.server.certs, 'root').certificate;
  const { certificate: cert, key } = serverPaths(rig.server.certs);
  const wearables = await enrolPeers(rig, DEVICES, () => {});
  show(`enrolling ${most} clinicians`);
  const people = await enrolClinicians(rig, most);
  signal.throwIfAborted();
  const clinicians = { ca, peers: people.path, ward: WARD };
  const devices = { ca, peers: wearables.path, first: 0, count: DEVICES };
  const relayed = running.use(
    await Audience.open({
      ...{ name: 'product', pid, devices: { ...devices, port: product.port, speaks: { kind: 'breaches' } } },
      clinicians: { ...clinicians, port: rig.server.clinicianPort },
    }),
  );
  // A device's first alarm is raised and each further one recurs: all of them are to be alike.
  await relayed.block(DEVICES, rate, signal);
  const texts = await relayed.sample();
  const baseline = running.use(
    await startBaseline({
      ...{ name: 'naive', entry: 'naive-relay.ts', cert, key, ca },
      ...{ dialect: { name: 'bare_websocket' }, taken: null },
    }),
  );
  const publishing = { ...devices, port: baseline.port, speaks: { kind: 'publishes', texts } } as const;
  const naive = running.use(
    await Audience.open({
      ...{ name: 'naive', pid: baseline.pid, devices: publishing },
      clinicians: { ...clinicians, port: baseline.port },
    }),
  );
  await naive.sample();
  const frames = Math.round(rate * seconds);
  const turns = Array.from({ length: pairs }, () => ({
    product: [] as FanOutBlock[],
    naive: [] as FanOutBlock[],
  }));
  for (const size of sizes) {
    show(`${size} clinicians`);
    await relayed.grow(size);
    await naive.grow(size);
    const block = async (audience: Audience): Promise<FanOutBlock> => {
      signal.throwIfAborted();
      return await audience.block(frames, rate, signal);
    };
    await block(naive);
    await block(relayed);
    for (const [i, turn] of turns.entries()) {
      show(`${size} clinicians, pair ${i + 1} of ${pairs}`);
      // Which comes first changes, so that what grows with time favours neither.
      if (i % 2 === 0) turn.product.push(await block(relayed));
      turn.naive.push(await block(naive));
      if (i % 2 === 1) turn.product.push(await block(relayed));
    }
  }
  return fanOutResult(turns, texts);
}

export const FAN_OUT: Benchmark = {
  name: 'fan-out',
  about: 'CPU that each further clinician takes of an alarm, up to 1,000 of them, against a naive relay',
  targets: ['P10'],
  run,
};
