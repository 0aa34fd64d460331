import type { Alarm, AlarmEventName } from '../../model/alarm.ts';
import type { Happening } from '../feed/ward-model.ts';
import { happeningText } from './alarm-text.ts';

/** One step in an alarm's life. */
export interface AlarmStep {
  /** Epoch ms. */
  readonly at: number;
  readonly what: string;
}

/**
 * Who did what about an alarm, and when, oldest first: what was heard here, and what stands in the alarm itself of the time before
 * the page was opened.
 */
export function alarmSteps(alarm: Alarm, happenings: readonly Happening[]): readonly AlarmStep[] {
  const steps = new Map<string, AlarmStep>();
  const add = (event: AlarmEventName, at: number | null, as: Alarm): void => {
    if (at !== null) steps.set(`${event}@${at}`, { at, what: happeningText(event, as) });
  };
  add('raised', alarm.onset, alarm);
  add('escalated', alarm.escalated_at, alarm);
  if (alarm.acknowledged_at !== alarm.first_acknowledged_at)
    add('acknowledged', alarm.first_acknowledged_at, { ...alarm, acknowledged_by: null });
  add('acknowledged', alarm.acknowledged_at, alarm);
  add('cleared', alarm.cleared, alarm);
  for (const heard of happenings) if (heard.alarm.id === alarm.id) add(heard.event, heard.at, heard.alarm);
  return [...steps.values()].sort((a, b) => a.at - b.at);
}
