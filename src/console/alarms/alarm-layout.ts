import type { LiveAlarm } from '../feed/ward-model.ts';
import { alarmLook, worstFirst } from './alarm-look.ts';

/** Of the list, in this order: what is of the measurement stands apart from what is of the person. */
export const SECTIONS = ['calling', 'waiting', 'acknowledged', 'technical', 'shelved'] as const;
export type Section = (typeof SECTIONS)[number];

/** Which alarms stand where, by id. */
export type AlarmLayout = Readonly<Record<Section, readonly string[]>>;

/** Where an alarm stands. `calling`: of a patient not watched here. */
export function sectionOf({ alarm, calling }: LiveAlarm): Section {
  if (calling) return 'calling';
  if (alarm.kind === 'technical') return 'technical';
  const { waits, state } = alarmLook(alarm);
  if (waits) return 'waiting';
  return state === 'shelved' ? 'shelved' : 'acknowledged';
}

/** Every live alarm in its section, worst first. */
export function alarmLayout(alarms: Iterable<LiveAlarm>): AlarmLayout {
  const all = [...alarms].sort((a, b) => worstFirst(a.alarm, b.alarm));
  const of = (section: Section): string[] =>
    all.filter((live) => sectionOf(live) === section).map(({ alarm }) => alarm.id);
  return {
    calling: of('calling'),
    waiting: of('waiting'),
    acknowledged: of('acknowledged'),
    technical: of('technical'),
    shelved: of('shelved'),
  };
}

/** Every id, from the top to the bottom. */
export function idsOf(layout: AlarmLayout): readonly string[] {
  return SECTIONS.flatMap((section) => layout[section]);
}

/** What becomes of rows as time goes by. Times in ms of any clock that does not go back. */
export interface HeldLayout {
  readonly layout: AlarmLayout;
  /** Until when no row moves. */
  readonly heldUntil: number;
}

/** No row moves for so long after a finger, a pointer or the focus has come to one. Milliseconds. */
export const HOLD_MS = 1_000;

/** Somebody has come to a row: what they are about to press is to be what they see. */
export function held(before: HeldLayout, now: number): HeldLayout {
  return { ...before, heldUntil: now + HOLD_MS };
}

/**
 * The rows as they are to stand now. While they are held, those that are there stay, also where an alarm is over; what is new waits
 * with them, but at an empty list.
 */
export function settled(before: HeldLayout, wanted: AlarmLayout, now: number): HeldLayout {
  if (now < before.heldUntil && idsOf(before.layout).length > 0) return before;
  return { ...before, layout: wanted };
}
