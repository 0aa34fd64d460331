import type { EpochMs } from '../core/clock.ts';
import type { AlarmEvent, CombinationAlarm, PhysiologicalAlarm } from '../model/alarm.ts';
import type { Vital } from '../model/vital.ts';
import { type DeviceTrack, type LimitTrack, NEVER, type Sense, trackOfSense } from './device-track.ts';
import { silenceLimitMs } from './expected-interval.ts';
import { end } from './live-alarms.ts';
import { knownCombination, physiologicalKey, type SubjectState } from './subject-state.ts';

/** Whether a device holds the patient's alarm of a vital and sense. */
export function isHeldByAny(state: SubjectState, vital: Vital, sense: Sense): boolean {
  for (const device of state.devices.values()) {
    if (trackOfSense(device.vitals[vital], sense)?.held) return true;
  }
  return false;
}

/** Whether it is still open what this device says of the vital: nothing trusted and timely came of it yet. */
function mayHold(device: DeviceTrack, vital: Vital): boolean {
  const track = device.vitals[vital];
  if (track) return track.evaluatedAt === NEVER;
  if (device.heard === null || device.arrivedAt === NEVER) return true;
  const { since, registeredMs } = device.heard;
  return device.arrivedAt - since < silenceLimitMs(vital, undefined, registeredMs);
}

/**
 * Whether an alarm taken up from the log must wait for a device. The log names the device that raised an alarm, not those
 * that came to hold it too, so any device of the patient may have been one. It does not clear while a device
 * that is expected has sent nothing trusted of this vital; a device that sends other vitals for longer than the
 * silence limit of this one is taken for one that does not measure it.
 */
export function isAwaited(state: SubjectState, vital: Vital, sense: Sense): boolean {
  if (state.inherited.size === 0 || !state.inherited.has(physiologicalKey(vital, sense))) return false;
  for (const device of state.devices.values()) {
    if (mayHold(device, vital)) return true;
  }
  return false;
}

/** Whether a value of the vital was entered by hand, or a device measures it, or may. */
function isMeasured(state: SubjectState, vital: Vital): boolean {
  if (state.newest[vital]?.device === null) return true;
  for (const device of state.devices.values()) {
    if (device.vitals[vital] || mayHold(device, vital)) return true;
  }
  return false;
}

/**
 * Whether a combination can never be judged again, because none of the patient's devices measures one of its vitals: as
 * with a limit when its device is taken off, nobody is left to say that it goes on.
 */
function isOutOfSight(state: SubjectState, alarm: CombinationAlarm): boolean {
  return (Object.keys(alarm.values) as Vital[]).some((vital) => !isMeasured(state, vital));
}

/** Whether an alarm taken up from the log is held by a device, or may be. */
function mayGoOn(state: SubjectState, alarm: PhysiologicalAlarm): boolean {
  switch (alarm.cause) {
    case 'limit':
    case 'change': {
      const sense = alarm.cause === 'limit' ? alarm.direction : alarm.course;
      return isHeldByAny(state, alarm.vital, sense) || isAwaited(state, alarm.vital, sense);
    }
    case 'combination':
      return !isOutOfSight(state, alarm);
    case 'news2':
      return true;
  }
}

/** A device was taken off: which of the others measure what a live combination asks for is open again. */
export function doubtCombinations(state: SubjectState): void {
  for (const [key, alarm] of state.live) {
    if (alarm.kind === 'physiological' && alarm.cause === 'combination' && alarm.presence !== 'latched')
      state.inherited.add(key);
  }
}

/**
 * Whether what would end an alarm taken up from the log began before the alarm did: samples that were on their way when the
 * process before this one died come again, and what was measured before says nothing of whether it lasts. Begins the clear
 * delay anew then. Only for times by the clock that the alarm's onset was measured with.
 */
export function isFromBefore(state: SubjectState, key: string, track: LimitTrack, t: EpochMs): boolean {
  if (state.inherited.size === 0 || !state.inherited.has(key)) return false;
  const onset = state.live.get(key)?.onset;
  if (onset === undefined || (track.insideSince ?? t) >= onset) return false;
  track.insideSince = t < onset ? null : t;
  return true;
}

/** Ends alarms taken up from the log that no device holds and none may hold, e.g. when the one waited for was taken off. */
export function clearUnheld(state: SubjectState, at: EpochMs): AlarmEvent[] {
  const events: AlarmEvent[] = [];
  for (const key of state.inherited) {
    const alarm = state.live.get(key);
    if (alarm?.kind !== 'physiological' || mayGoOn(state, alarm)) continue;
    const combination = alarm.cause === 'combination' ? knownCombination(state, alarm.name) : undefined;
    if (combination) combination.held = null;
    const event = end(state, key, at);
    if (event) events.push(event);
  }
  return events;
}
