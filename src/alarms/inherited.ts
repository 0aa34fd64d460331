import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent } from '../model/alarm.ts';
import { DIRECTIONS, type Direction } from '../model/limit.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';
import { silenceLimitMs } from './expected-interval.ts';
import { end } from './live-alarms.ts';
import { type DeviceTrack, physiologicalKey, type SubjectState } from './subject-state.ts';

/** Whether a device holds the patient's alarm of a vital and direction. */
export function isHeldByAny(state: SubjectState, vital: Vital, direction: Direction): boolean {
  for (const device of state.devices.values()) {
    if (device.vitals[vital]?.limits[direction]?.held) return true;
  }
  return false;
}

/** Whether it is still open what this device says of the vital: nothing trusted and timely came of it yet. */
function mayHold(device: DeviceTrack, vital: Vital): boolean {
  const track = device.vitals[vital];
  if (track) return track.evaluated === null;
  if (device.heard === null || device.arrived === null) return true;
  const { since, registeredMs } = device.heard;
  return device.arrived - since < silenceLimitMs(vital, undefined, registeredMs);
}

/**
 * Whether an alarm taken up from the log must wait for a device. The log names the device that raised an alarm, not those
 * that came to hold it too, so any device of the patient may have been one. It does not clear while a device
 * that is expected has sent nothing trusted of this vital; a device that sends other vitals for longer than the
 * silence limit of this one is taken for one that does not measure it.
 */
export function isAwaited(state: SubjectState, vital: Vital, direction: Direction): boolean {
  if (!state.inherited.has(physiologicalKey(vital, direction))) return false;
  for (const device of state.devices.values()) {
    if (mayHold(device, vital)) return true;
  }
  return false;
}

/** Ends alarms taken up from the log that no device holds and none may hold, e.g. when the one waited for was taken off. */
export function clearUnheld(state: SubjectState, at: EpochMs): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  if (state.inherited.size === 0) return events;
  for (const vital of VITAL_NAMES) {
    for (const direction of DIRECTIONS) {
      const key = physiologicalKey(vital, direction);
      if (!state.inherited.has(key)) continue;
      if (isHeldByAny(state, vital, direction) || isAwaited(state, vital, direction)) continue;
      const event = end(state, key, at);
      if (event) events.push(event);
    }
  }
  return events;
}
