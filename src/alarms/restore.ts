import {
  type Alarm,
  type ChangeAlarm,
  conditionKey,
  type LimitAlarm,
  type PhysiologicalAlarm,
  type TechnicalAlarm,
} from '../model/alarm.ts';
import { QUALITY_CONDITIONS } from './bad-data.ts';
import { newChangeTrack } from './change-limits.ts';
import { combinationTrack } from './combination-limits.ts';
import { type VitalTrack, vitalTrack } from './device-track.ts';
import { deviceTrack, type SubjectState, technicalKey } from './subject-state.ts';
import { newLimitTrack } from './tier-step.ts';

function restoreTechnical(state: SubjectState, alarm: TechnicalAlarm): void {
  state.live.set(technicalKey(alarm.device, alarm.condition, alarm.vital), alarm);
  const device = deviceTrack(state, alarm.device);
  if (alarm.condition === 'signal_lost' && alarm.vital) vitalTrack(device, alarm.vital).awaited = true;
  if (alarm.condition === 'frozen_value' && alarm.vital) {
    const track = vitalTrack(device, alarm.vital);
    track.awaited = true;
    // Where it stands still the log does not say: the next value does.
    track.stillValue = Number.NaN;
    track.stillSince = alarm.last_value_at ?? alarm.onset;
  }
  const bad =
    alarm.condition === 'impossible_value' ||
    QUALITY_CONDITIONS.some((quality) => quality === alarm.condition);
  if (!bad) return;
  device.bad ??= new Map();
  device.bad.set(`${alarm.condition}:${alarm.vital ?? ''}`, {
    since: alarm.onset,
    until: alarm.onset,
    goodSince: null,
  });
}

/** The track of the vital of the device that the log names, which is to be heard of before the alarm can end. */
function heldTrack(state: SubjectState, { device, vital }: LimitAlarm | ChangeAlarm): VitalTrack {
  const track = vitalTrack(deviceTrack(state, device), vital);
  track.awaited = true;
  return track;
}

function restorePhysiological(state: SubjectState, alarm: PhysiologicalAlarm): void {
  const key = conditionKey(alarm);
  state.live.set(key, alarm);
  // A latched alarm's condition is gone: nobody holds it.
  if (alarm.presence === 'latched') return;
  switch (alarm.cause) {
    case 'limit':
      state.inherited.add(key);
      heldTrack(state, alarm).limits[alarm.direction] = newLimitTrack(alarm.priority);
      return;
    case 'change': {
      state.inherited.add(key);
      const track = heldTrack(state, alarm);
      track.changes ??= {};
      // What the window held is not known: as after a gap.
      track.changes[alarm.course] = newChangeTrack(alarm.priority);
      return;
    }
    case 'combination':
      state.inherited.add(key);
      combinationTrack(state, alarm.name).held = alarm.priority;
      return;
    case 'news2':
      return;
  }
}

/**
 * Takes up live alarms from the log after a restart: neither lost nor raised again. What the log does not say is read
 * the cautious way: which devices held an alarm is unknown (see `isAwaited`). Call `expectDevice` for each device from which
 * data should come.
 */
export function restore(state: SubjectState, alarms: readonly Alarm[]): void {
  for (const alarm of alarms) {
    if (alarm.kind === 'technical') restoreTechnical(state, alarm);
    else restorePhysiological(state, alarm);
  }
}
