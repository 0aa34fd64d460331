import type { Alarm } from '../../model/alarm.ts';
import { worstFirst } from '../alarms/alarm-look.ts';
import type { LiveAlarm } from '../feed/ward-model.ts';

export type AlarmsByPatient = ReadonlyMap<string, readonly Alarm[]>;

/** The live alarms of each patient who has any, worst first. */
export function alarmsByPatient(live: Iterable<LiveAlarm>): AlarmsByPatient {
  const alarms = new Map<string, Alarm[]>();
  for (const { alarm } of live) {
    if (alarm.patient === null) continue;
    const known = alarms.get(alarm.patient);
    if (known === undefined) alarms.set(alarm.patient, [alarm]);
    else known.push(alarm);
  }
  for (const of of alarms.values()) of.sort(worstFirst);
  return alarms;
}
