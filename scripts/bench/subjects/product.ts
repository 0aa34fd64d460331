import { CodedError } from '../../../src/core/coded-error.ts';
import { openRig, type Rig } from '../../rig/rig.ts';
import { pinning } from '../machine/pinned.ts';
import { BlockProfile, profilerArguments } from '../profile/block-profile.ts';
import { JournalCount } from './journal-count.ts';
import type { Subject } from './subject.ts';

/** As often as it is durable: what a device asks for that measures how long that takes. */
const ACK_INTERVAL_MS = 0;

export interface ProductOptions {
  readonly name?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
  /** False where the run has no journal to count in. */
  readonly journal?: boolean;
  readonly ackIntervalMs?: number;
  /** Where profiles go (BenchContext); absent or null: it is not profiled. */
  readonly profile?: string | null;
}

/** The whole product on the server's core, as it is run. */
export interface Product extends Subject {
  readonly rig: Rig;
}

/** @throws CodedError `server_did_not_start` */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const { name = 'product', environment = {}, ackIntervalMs = ACK_INTERVAL_MS, profile = null } = options;
  const profiler = profile === null ? [] : profilerArguments(profile);
  await using building = new AsyncDisposableStack();
  const rig = building.use(
    await openRig('bench', {
      environment: { VITALWIRE_LOG_LEVEL: 'error', ...environment },
      nodeArguments: [...(options.nodeArguments ?? []), ...profiler],
      launcher: pinning('server'),
    }),
  );
  const { pid } = rig.server;
  if (pid === undefined) throw new CodedError('server_did_not_start', 'the server has no process');
  const journal = options.journal === false ? null : new JournalCount(rig.server.data);
  const blocks = profile === null ? null : new BlockProfile(profile, pid);
  if (blocks !== null) building.defer(() => blocks.write());
  const running = building.move();
  return {
    ...{ name, rig, pid, port: rig.server.devicePort },
    dialect: { name: 'product', ackIntervalMs },
    ...(blocks === null ? {} : { profile: blocks }),
    taken: async () => null,
    journaled: async () => journal?.count() ?? null,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
