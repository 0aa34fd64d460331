import { CodedError } from '../../../src/core/coded-error.ts';
import { openRig, type Rig } from '../../rig/rig.ts';
import { pinning } from '../machine/pinned.ts';
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
}

/** The whole product on the server's core, as it is run. */
export interface Product extends Subject {
  readonly rig: Rig;
}

/** @throws CodedError `server_did_not_start` */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const { name = 'product', environment = {}, nodeArguments = [], ackIntervalMs = ACK_INTERVAL_MS } = options;
  await using building = new AsyncDisposableStack();
  const rig = building.use(
    await openRig('bench', {
      environment: { VITALWIRE_LOG_LEVEL: 'error', ...environment },
      nodeArguments,
      launcher: pinning('server'),
    }),
  );
  const { pid } = rig.server;
  if (pid === undefined) throw new CodedError('server_did_not_start', 'the server has no process');
  const journal = options.journal === false ? null : new JournalCount(rig.server.data);
  const running = building.move();
  return {
    ...{ name, rig, pid, port: rig.server.devicePort },
    dialect: { name: 'product', ackIntervalMs },
    taken: async () => null,
    journaled: async () => journal?.count() ?? null,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
