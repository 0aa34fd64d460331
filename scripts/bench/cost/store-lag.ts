import type { Rig } from '../../rig/rig.ts';
import { metricsOf } from '../../rig/server-state.ts';

const LAG = 'vitalwire_store_lag_records';

/** Whether the store has everything that is durable. @throws CodedError `server_silent` */
export async function isStored(rig: Rig): Promise<boolean> {
  return (await metricsOf(rig)).get(LAG) === 0;
}
