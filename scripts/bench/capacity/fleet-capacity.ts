import { sleep, systemClock } from '../../../src/core/clock.ts';
import { authorityPaths } from '../../../src/identity/certificate-directory.ts';
import type { BenchContext } from '../benchmark.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { ConnectRequest } from '../load/load-messages.ts';
import { cpuTimeUs, residentKiB } from '../machine/cpu-time.ts';
import { benchStore } from '../subjects/bench-influx.ts';
import { enrolPeers } from '../subjects/peers.ts';
import { type Product, startProduct } from '../subjects/product.ts';
import { type AlarmCapacity, alarmCapacity } from './alarm-capacity.ts';
import { CountingRelay, type Passed } from './counting-relay.ts';
import { type FleetBlock, fleetBlock, idleUs } from './fleet-block.ts';
import { slope } from './sizing.ts';

/** How large a fleet is measured, and for how long. */
export interface FleetSize {
  readonly devices: number;
  /** Of them: connected before the memory is looked at first. */
  readonly first: number;
  /** Further ones, whose bytes on the wire are counted. */
  readonly metered: number;
  readonly seconds: number;
  /** Until the server's code is compiled; 0: nothing is done for that. */
  readonly warmSeconds: number;
  /** Frames a second that are many for one core, and are taken steadily all the same. */
  readonly denseRate: number;
  readonly denseSeconds: number;
  readonly idleSeconds: number;
  readonly alarms: number;
}

export interface FleetCapacity {
  /** One frame a second from each device. */
  readonly paced: FleetBlock;
  readonly dense: FleetBlock;
  /** CPU of a connected device that says nothing. Microseconds a second. */
  readonly idleUs: number;
  readonly memoryKiB: number;
  /** Of the server without any. */
  readonly baseKiB: number;
  /** CPU of a device that connects. Microseconds. */
  readonly fullUs: number;
  readonly resumedUs: number;
  /** Of those that came back: how many resumed their TLS session. */
  readonly resumed: number;
  /** On the wire, TLS included. Of a connect; of one frame and its share of acks. Bytes. */
  readonly connectBytes: Passed;
  readonly frameBytes: Passed;
  readonly alarms: AlarmCapacity;
  readonly notes: readonly string[];
}

/** The default of devices, and of what they ask for. */
const ACK_INTERVAL_MS = 2_000;
const AT_ONCE = 32;
const METERED_DRAIN_MS = 5_000;
/** Short-lived memory of handshakes is given back in a while. */
const SETTLE_MS = 500;

/** What devices cost the whole product. */
export async function fleetCapacity(
  size: FleetSize,
  { signal, show }: Omit<BenchContext, 'quick'>,
): Promise<FleetCapacity> {
  await using open = new AsyncDisposableStack();
  // A load process that was ended answers nothing: none is asked once the run is interrupted.
  const step = (progress: string): void => {
    signal.throwIfAborted();
    show(progress);
  };
  step('starting a server');
  const store = await benchStore(open);
  const environment = store.environment('capacity');
  const product = open.use(await startProduct({ environment, ackIntervalMs: ACK_INTERVAL_MS }));
  const all = size.devices + size.metered;
  const peers = await enrolPeers(product.rig, all, (done) => step(`${done} of ${all} devices enrolled`));
  const relay = open.use(await CountingRelay.start(product.port));
  const [load, metered] = [open.use(new LoadGenerator()), open.use(new LoadGenerator())];
  // Whatever is asked of them is refused then, and all is taken down in order.
  using _ = onAbort(signal, () => void Promise.all([load, metered].map((one) => one[Symbol.asyncDispose]())));
  const ca = authorityPaths(product.rig.server.certs, 'root').certificate;
  const shared = { ca, peers: peers.path, dialect: product.dialect, atOnce: AT_ONCE };
  const direct = { ...shared, port: product.port };
  const relayed = { ...shared, port: relay.port, first: size.devices, count: size.metered };

  step(`connecting ${size.devices} devices`);
  await connecting(product, load, { ...direct, first: 0, count: size.first, resume: false });
  await metered.call('connect', { ...relayed, resume: false });
  const connectBytes = each(relay.passed, size.metered);
  if (size.warmSeconds > 0) {
    step('warming up');
    await fleetBlock(product, { load, rate: size.denseRate, seconds: size.warmSeconds });
  }
  await sleep(systemClock(), SETTLE_MS, signal);
  const few = residentKiB(product.pid);
  const rest = size.devices - size.first;
  const full = await connecting(product, load, { ...direct, first: size.first, count: rest, resume: false });
  await sleep(systemClock(), SETTLE_MS, signal);

  step(`a frame a second from each of ${size.devices} devices`);
  const before = relay.passed;
  const meteredFrames = { count: 0 };
  const paced = await fleetBlock(product, {
    ...{ load, rate: size.devices, seconds: size.seconds },
    beside: async () => {
      await metered.call('run', { rate: size.metered, seconds: size.seconds });
      const { acked } = await metered.call('drain', { withinMs: METERED_DRAIN_MS });
      meteredFrames.count = acked;
      return acked;
    },
  });
  const frameBytes = each(difference(relay.passed, before), meteredFrames.count);
  const many = residentKiB(product.pid);
  step('nothing from any of them');
  const idle = await idleUs(product, size.idleSeconds, signal);
  step(`${size.denseRate} frames a second`);
  const dense = await fleetBlock(product, { load, rate: size.denseRate, seconds: size.denseSeconds });
  step('all come back');
  await load.call('drop', null);
  await sleep(systemClock(), SETTLE_MS, signal);
  const again = await connecting(product, load, { ...direct, first: 0, count: size.devices, resume: true });
  step(`${size.alarms} alarms`);
  const alarms = await alarmCapacity(product, size.alarms, signal);
  const memoryKiB = slope([size.first, few], [size.devices, many]);
  return {
    ...{ paced, dense, connectBytes, frameBytes, alarms, notes: store.notes },
    idleUs: idle / all,
    ...{ memoryKiB, baseKiB: few - memoryKiB * size.first },
    ...{ fullUs: full.us, resumedUs: again.us, resumed: again.resumed },
  };
}

/** CPU of the server for each device that connects, until it may send. Microseconds. */
async function connecting(
  { pid }: Product,
  load: LoadGenerator,
  request: ConnectRequest,
): Promise<{ readonly us: number; readonly resumed: number }> {
  const cpu = cpuTimeUs(pid);
  const { resumed } = await load.call('connect', request);
  return { us: (cpuTimeUs(pid) - cpu) / request.count, resumed };
}

function onAbort(signal: AbortSignal, end: () => void): Disposable {
  signal.addEventListener('abort', end, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', end) };
}

function difference(after: Passed, before: Passed): Passed {
  return { up: after.up - before.up, down: after.down - before.down };
}

function each({ up, down }: Passed, count: number): Passed {
  return { up: up / count, down: down / count };
}
