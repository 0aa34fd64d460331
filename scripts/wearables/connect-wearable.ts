import { DeviceClient } from '../../src/client/device-client.ts';
import type { DeviceClientOptions } from '../../src/client/device-client-options.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';
import type { WearableIdentity } from './enrol-wearable.ts';

export interface ConnectOptions {
  readonly server: URL;
  readonly clock: Clock;
  /** Real milliseconds until a first connection that does not come is an error. */
  readonly timeoutMs: number;
  readonly client?: Partial<DeviceClientOptions>;
}

/**
 * Starts a client as the wearable and waits for its first welcome, so that a wrong address or a certificate that is not
 * taken is told at once; later interruptions are the client's own business.
 * @throws CodedError `not_connected` with the reason
 */
export async function connectWearable(
  identity: WearableIdentity,
  options: ConnectOptions,
): Promise<DeviceClient> {
  const { cert, key, ca, device } = identity;
  const client = new DeviceClient({
    url: options.server,
    cert,
    key,
    ca,
    clock: options.clock,
    ...options.client,
  });
  const connected = new Promise<void>((resolve, reject) => {
    const fail = (): void => {
      const { lastError } = client.stats;
      const reason = lastError?.message || 'it does not answer';
      reject(
        new CodedError(
          'not_connected',
          `device "${device}" could not connect to ${options.server.origin} (${reason}): check --server, and that the server uses the same --certs and --data`,
          { cause: lastError ?? undefined },
        ),
      );
    };
    const timer = systemClock().after(options.timeoutMs, fail);
    client.once('connected', () => {
      timer.cancel();
      resolve();
    });
    client.on('closed', ({ reconnectInMs }) => {
      if (reconnectInMs === null) fail();
    });
  });
  client.start();
  try {
    await connected;
  } catch (error) {
    await client.close();
    throw error;
  }
  return client;
}

/** Runs `work` over the items, a few at once, in order of their start; the first failure ends it. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, runner));
  return results;
}
