import type {
  Alarm,
  AlarmEventName,
  ChangeAlarm,
  LimitAlarm,
  PhysiologicalAlarm,
  TechnicalAlarm,
} from '../../model/alarm.ts';
import { VITALS, type Vital } from '../../model/vital.ts';
import { vitalLabel, vitalUnit, vitalValue } from '../text/quantities.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { dayAndTime } from '../text/times.ts';
import { alarmClass, alarmLook } from './alarm-look.ts';

/** A value is shown with no more decimals than these beyond the usual ones. */
const DECIMALS_MOST = 3;

/** What an alarm is about, e.g. `SpO2 low`, `NEWS2`, `SpO2: signal lost`. */
export function alarmTitle(alarm: Alarm): string {
  if (alarm.kind === 'technical') {
    const condition = text.alarms.conditions[alarm.condition];
    return alarm.vital === null ? condition : text.alarms.of_vital(vitalLabel(alarm.vital), condition);
  }
  switch (alarm.cause) {
    case 'limit':
      return `${vitalLabel(alarm.vital)} ${text.alarms.directions[alarm.direction]}`;
    case 'change':
      return `${vitalLabel(alarm.vital)} ${text.alarms.courses[alarm.course]}`;
    case 'combination':
      return alarm.name.replaceAll('_', ' ');
    case 'news2':
      return text.alarms.news2;
  }
}

/** What was measured, with units, and what the limit is, e.g. `84 % (limit 90)`; empty: nothing. @param now server's clock, ms */
export function alarmDetail(alarm: Alarm, now: number): string {
  return alarm.kind === 'technical' ? technicalDetail(alarm, now) : physiologicalDetail(alarm);
}

function technicalDetail({ condition, vital, last_value_at }: TechnicalAlarm, now: number): string {
  if (last_value_at !== null) return text.alarms.last_value(dayAndTime(last_value_at, now));
  // Of what the whole device does, e.g. moves, no value is the last: there may be good ones all the while.
  return vital === null && condition !== 'device_offline' ? '' : text.alarms.no_value_yet;
}

function physiologicalDetail(alarm: PhysiologicalAlarm): string {
  switch (alarm.cause) {
    case 'limit':
      return text.alarms.beyond(withUnit(alarm.vital, valueBeyond(alarm)), limitNumber(alarm.threshold));
    case 'change':
      return text.alarms.changed(withUnit(alarm.vital, vitalValue(alarm.vital, alarm.value)), {
        course: alarm.course,
        by: changeBeyond(alarm),
        within: span(alarm.window_ms),
        limit: limitNumber(alarm.threshold),
      });
    case 'combination':
      return (Object.entries(alarm.values) as [Vital, number][])
        .map(([vital, value]) => `${vitalLabel(vital)} ${withUnit(vital, vitalValue(vital, value))}`)
        .join(', ');
    case 'news2':
      return text.alarms.score(alarm.score, text.alarms.triggers[alarm.trigger]);
  }
}

/** Which device tells, where one does. */
export function alarmDevice({ device }: Alarm): string {
  return device === null ? '' : text.alarms.device(device);
}

/** Since when: of the person, since when it was raised by its samples. @param now server's clock, ms */
export function alarmSince({ onset }: Alarm, now: number): string {
  return text.alarms.since(dayAndTime(onset, now));
}

/** Its priority in a word; a technical one says that it is of the measurement. */
export function priorityWord(alarm: Pick<Alarm, 'kind' | 'priority'>): string {
  const of = alarmClass(alarm);
  return of === 'technical' ? text.alarms.technical : text.priorities[of];
}

/** What people did about it, and did not, the most pressing first. @param now server's clock, ms */
export function alarmStanding(alarm: Alarm, now: number): readonly string[] {
  const { state, waits, escalated, unattended } = alarmLook(alarm);
  const { acknowledged_by, acknowledged_at, shelved_until, ended, cleared, alerted_at } = alarm;
  const words: string[] = [];
  if (unattended) words.push(text.alarms.unattended);
  if (escalated !== null)
    words.push(text.alarms.escalated(text.alarms.circles[escalated], span(now - alerted_at)));
  if (state === 'latched') words.push(text.alarms.latched(dayAndTime(ended ?? alerted_at, now)));
  if (waits && escalated === null) words.push(text.alarms.waits(span(now - alerted_at)));
  if (state === 'shelved' && shelved_until !== null)
    words.push(text.alarms.shelved(dayAndTime(shelved_until, now)));
  if (acknowledged_by !== null && acknowledged_at !== null)
    words.push(text.alarms.acknowledged(acknowledged_by, dayAndTime(acknowledged_at, now)));
  if (state === 'retrospective') words.push(text.alarms.retrospective);
  if (state === 'over' && cleared !== null) words.push(text.alarms.over(dayAndTime(cleared, now)));
  return words;
}

/** What happened to an alarm, e.g. `Acknowledged by nurse-1`. */
export function happeningText(event: AlarmEventName, alarm: Alarm): string {
  if (event === 'acknowledged' && alarm.acknowledged_by !== null)
    return text.alarms.acknowledged_by(alarm.acknowledged_by);
  if (event === 'escalated') return text.alarms.escalated_to(text.alarms.circles[alarm.circle]);
  return text.alarms.events[event];
}

/** The alarm in one sentence, for whoever hears the page. @param where bed or ward */
export function alarmSentence(alarm: Alarm, where: string, now: number): string {
  const detail = alarm.kind === 'technical' ? '' : alarmDetail(alarm, now);
  return text.alarms.sentence(priorityWord(alarm), where, alarmTitle(alarm), detail);
}

/** A value that is beyond its limit looks beyond it: rounding must not make `89.6 (limit 90)` a `90 (limit 90)`. */
function valueBeyond({ vital, value, threshold }: LimitAlarm): string {
  return unlike(value, threshold, VITALS[vital].decimals);
}

/** A breach is a change by the limit or more: it may be equal to it. */
function changeBeyond({ vital, change, threshold }: ChangeAlarm): string {
  const { decimals } = VITALS[vital];
  return change === threshold ? limitNumber(change) : unlike(change, threshold, decimals);
}

function unlike(value: number, threshold: number, decimals: number): string {
  const rounded = value.toFixed(decimals);
  if (Number(rounded) !== threshold || value === threshold || decimals >= DECIMALS_MOST) return rounded;
  return unlike(value, threshold, decimals + 1);
}

/** Limits are whatever a person chose: all its decimals. */
function limitNumber(threshold: number): string {
  return String(Number(threshold.toFixed(DECIMALS_MOST)));
}

function withUnit(vital: Vital, value: string): string {
  return `${value} ${vitalUnit(vital)}`.trimEnd();
}
