import { MANUAL_DEVICE } from '../model/ids.ts';
import type { Point } from './point.ts';

/**
 * Points of the same key never change their order: what may overwrite each other has the same. That is a device's
 * points, and what people entered by hand, or an alarm, of one patient.
 */
export function orderKey(point: Point): string {
  switch (point.measurement) {
    case 'vitals':
      return point.device === MANUAL_DEVICE ? (point.patient ?? point.device) : point.device;
    case 'waveforms':
    case 'device_status':
      return point.device;
    case 'alarms':
      return point.event.alarm.patient ?? point.event.alarm.device ?? '';
    case 'observations':
      return point.observation.patient;
  }
}

/** Which of `lanes` writes a key's points: of as many lanes the same one always. FNV-1a. */
export function laneOf(key: string, lanes: number): number {
  if (lanes === 1) return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % lanes;
}
