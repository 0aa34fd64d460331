import type { Test } from 'tap';
import type { DeviceClient } from '../../src/client/device-client.ts';
import { deviceId } from '../../src/model/ids.ts';
import type { RunningServer } from './running-server.ts';

/** A device that does nothing wrong while others do: what it sends must go on being acked and stored. */
export interface GoodDevice {
  readonly client: DeviceClient;
  /** Sends one more moment; it is acked and stored, none is lost or doubled, and the connection never broke. */
  goesOn(t: Test): Promise<void>;
}

export async function goodDevice(server: RunningServer): Promise<GoodDevice> {
  const client = server.client(await server.wearable('good-1', 'p-good'));
  const begin = Date.now() - 600_000;
  let sent = 0;
  return {
    client,
    async goesOn(t) {
      client.sendVitals([{ t: begin + sent * 1_000, heart_rate: 60 + (sent % 20), spo2: 97 }]);
      sent++;
      await client.drain({ timeoutMs: 5_000 });
      await server.app.drained();
      const stored = await server.app.store.countSamples(deviceId('good-1'), begin, begin + sent * 1_000);
      t.equal(stored, sent, 'a good device streams on: acked and stored');
      t.equal(client.stats.reconnects, 0, 'its connection never broke');
    },
  };
}
