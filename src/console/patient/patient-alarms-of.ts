import type { Alarm } from '../../model/alarm.ts';
import { alarmClasses, alarmLook, worstFirst } from '../alarms/alarm-look.ts';

/** The look of the worst live alarm of a patient about any of these vitals; empty: none. */
export function alarmOf(alarms: readonly Alarm[], patient: string, vitals: readonly string[]): string {
  const [worst] = alarms
    .filter((alarm) => alarm.patient === patient && isAbout(alarm, vitals))
    .toSorted(worstFirst);
  return worst === undefined ? '' : `alarm-frame ${alarmClasses(alarmLook(worst))}`;
}

function isAbout(alarm: Alarm, vitals: readonly string[]): boolean {
  if (alarm.kind === 'technical') return alarm.vital !== null && vitals.includes(alarm.vital);
  if (alarm.cause === 'combination') return Object.keys(alarm.values).some((vital) => vitals.includes(vital));
  return alarm.cause !== 'news2' && vitals.includes(alarm.vital);
}
