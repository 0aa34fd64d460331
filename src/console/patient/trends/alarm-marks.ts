import type { Alarm } from '../../../model/alarm.ts';
import { type AlarmClass, alarmClass, worstFirst } from '../../alarms/alarm-look.ts';
import type { Stretch } from './trend-window.ts';

/** Alarms that begin so near to each other that their marks would overlap. */
export interface AlarmMark {
  /** Where it stands in the stretch: 0 at its beginning, 1 at its end. */
  readonly at: number;
  /** Of the worst. */
  readonly of: AlarmClass;
  /** Worst first; never none. */
  readonly alarms: readonly Alarm[];
}

/** Marks nearer than this to one another are one: a finger's width of a narrow chart. A part of the stretch. */
const NEAR = 0.025;
const CLASSES: readonly AlarmClass[] = ['technical', 'low', 'medium', 'high'];

/** Alarms of a patient as they were heard of last. @param happenings newest first */
export function newestAlarms(
  stored: readonly Alarm[],
  happenings: readonly { readonly alarm: Alarm }[],
  patient: string,
): readonly Alarm[] {
  const newest = new Map<string, Alarm>();
  for (const { alarm } of happenings)
    if (alarm.patient === patient && !newest.has(alarm.id)) newest.set(alarm.id, alarm);
  for (const alarm of stored) {
    const heard = newest.get(alarm.id);
    // What the log says is over stays so, whatever was heard before.
    if (heard === undefined || (heard.cleared === null && alarm.cleared !== null))
      newest.set(alarm.id, alarm);
  }
  return [...newest.values()];
}

/** One mark for the onset of each alarm; what began before the stretch and reaches into it is marked at its beginning. */
export function alarmMarks(alarms: readonly Alarm[], { from, to }: Stretch): readonly AlarmMark[] {
  const placed = alarms
    .map((alarm) => ({ alarm, at: Math.max(0, (alarm.onset - from) / (to - from)) }))
    .filter(({ at, alarm }) => at < 1 && endOf(alarm) >= from)
    .sort((a, b) => a.at - b.at);
  const groups: { at: number; alarms: Alarm[] }[] = [];
  for (const { alarm, at } of placed) {
    const last = groups.at(-1);
    if (last !== undefined && at - last.at < NEAR) last.alarms.push(alarm);
    else groups.push({ at, alarms: [alarm] });
  }
  return groups.map(({ at, alarms: near }) => ({ at, of: worst(near), alarms: near.sort(worstFirst) }));
}

/** A stretch of an alarm's condition, as a chart shades it. */
export interface AlarmSpan extends Stretch {
  readonly of: AlarmClass;
}

/**
 * When the conditions of alarms about these vitals lasted; those of a whole device are about all of them. What lasts goes on
 * to the end of the stretch.
 */
export function alarmSpans(
  alarms: readonly Alarm[],
  vitals: readonly string[],
  { from, to }: Stretch,
): readonly AlarmSpan[] {
  return alarms.flatMap((alarm): AlarmSpan[] => {
    const about = vitalsOf(alarm);
    if (about !== null && !about.some((vital) => vitals.includes(vital))) return [];
    const span = { from: Math.max(from, alarm.onset), to: Math.min(to, endOf(alarm)), of: alarmClass(alarm) };
    return span.to >= from && span.from < to ? [span] : [];
  });
}

/** The vitals an alarm is about; null: all that a device measures. NEWS2 has its own place, and is about none. */
function vitalsOf(alarm: Alarm): readonly string[] | null {
  if (alarm.kind === 'technical') return alarm.vital === null ? null : [alarm.vital];
  switch (alarm.cause) {
    case 'limit':
    case 'change':
      return [alarm.vital];
    case 'combination':
      return Object.keys(alarm.values);
    case 'news2':
      return [];
  }
}

function endOf({ ended, cleared }: Alarm): number {
  return ended ?? cleared ?? Number.POSITIVE_INFINITY;
}

function worst(alarms: readonly Alarm[]): AlarmClass {
  return alarms.map(alarmClass).reduce((a, b) => (CLASSES.indexOf(b) > CLASSES.indexOf(a) ? b : a));
}
