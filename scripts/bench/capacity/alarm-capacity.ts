import { once } from 'node:events';
import { join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { ALARM_TAKES_MS, flood } from '../slow-clinicians/block.ts';
import type { Product } from '../subjects/product.ts';
import { databaseBytes, numbersOf } from './file-sizes.ts';

/** What alarms leave in the alarm log, for nobody to be delivered to. */
export interface AlarmCapacity {
  readonly events: number;
  readonly bytesAnEvent: number;
}

const DEVICES = 10;
/** How long a device gets for its frames to be acked. */
const FLOOD_MS = 5_000;
const LOOK_MS = 200;
const LOOKS = 50;

/** Raises alarms, which end and come again, until there are events enough. @param wanted events of the alarm log */
export async function alarmCapacity(
  { rig }: Product,
  wanted: number,
  signal: AbortSignal,
): Promise<AlarmCapacity> {
  await using sending = new AsyncDisposableStack();
  const wearables = await rig.devices(DEVICES, 'alarm');
  await rig.seen();
  const devices = wearables.map((wearable) => sending.use(wearable.client()));
  await Promise.all(
    devices.map((device) => {
      device.start();
      return once(device, 'connected', { signal });
    }),
  );
  const path = join(rig.server.data, 'alarms.db');
  const logged = (): number => numbersOf(path, 'SELECT count(*) FROM events')[0] ?? 0;
  const [bytes, events] = [databaseBytes(path), logged()];
  const times = devices.map(() => Date.now());
  const nextTime = (device: number): number => {
    const t = times[device] ?? 0;
    times[device] = t + ALARM_TAKES_MS;
    return t;
  };
  await flood({ devices, nextTime, signal }, FLOOD_MS, () => logged() - events >= wanted);
  let found = -1;
  for (let look = 0; look < LOOKS && found !== logged(); look++) {
    found = logged();
    await sleep(systemClock(), LOOK_MS, signal);
  }
  return { events: found - events, bytesAnEvent: (databaseBytes(path) - bytes) / (found - events) };
}
