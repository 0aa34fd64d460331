import { CodedError } from '../core/coded-error.ts';
import { MANUAL_DEVICE } from '../model/ids.ts';
import type { Point } from './point.ts';

/** Code of a point that alone fails, in a way that passes, while the store takes others. */
export const STORE_STUCK = 'store_stuck';

/**
 * Says which point it is: what it measures, of which device, and since when it fails. Patients are not named.
 * @param forMs how long it has failed while others were taken, in milliseconds
 */
export function stuckError(point: Point, forMs: number, cause: Error): CodedError<typeof STORE_STUCK> {
  const device = deviceOf(point);
  const minutes = Math.floor(forMs / 60_000);
  return new CodedError(
    STORE_STUCK,
    `the store takes others, but for ${minutes} min not this one point (${point.measurement}${device === null ? '' : ` of device ${device}`}): ${cause.message}`,
    { cause, details: { measurement: point.measurement, device, forMs } },
  );
}

function deviceOf(point: Point): string | null {
  switch (point.measurement) {
    case 'vitals':
      return point.device === MANUAL_DEVICE ? null : point.device;
    case 'waveforms':
    case 'device_status':
      return point.device;
    case 'alarms':
      return point.event.alarm.device;
    case 'observations':
      return null;
  }
}
