import type { Alarm } from '../../model/alarm.ts';
import { alarmSentence } from '../alarms/alarm-text.ts';
import type { AccessState, DeviceState, News2State, ShelfState } from '../feed/patient-model.ts';
import { vitalLabel } from '../text/quantities.ts';
import { span } from '../text/spans.ts';
import { text } from '../text/text.ts';
import { timeOfDay } from '../text/times.ts';
import { deviceStanding } from './device-standing.ts';
import type { VitalCell } from './vital-cells.ts';

/** Values younger than this are shown as of now: seconds that count from 0 to 1 and back tell nothing. Milliseconds. */
const FRESH_MS = 5_000;

/** Whether a value is as of now. */
export function isFresh(ageMs: number): boolean {
  return ageMs < FRESH_MS;
}

/** How old a value is, as a tile says it. */
export function ageWords(ageMs: number): string {
  return isFresh(ageMs) ? text.ward.fresh : span(ageMs);
}

/** What the devices do, e.g. `silent 40 s`. @param now server's clock, ms */
export function presenceWords(devices: readonly DeviceState[], now: number): string {
  const { presence, since, of } = deviceStanding(devices);
  const word = text.ward.presence[presence];
  const such = of.all > 1 && of.such < of.all ? text.ward.some(word, of.such, of.all) : word;
  return presence === 'on' || since === null ? such : `${such} ${span(now - since)}`;
}

/** The battery, e.g. `81 %`; null: no device tells. */
export function batteryWords(devices: readonly DeviceState[]): string | null {
  const { batteryPercent, batteryLow } = deviceStanding(devices);
  if (batteryPercent === null) return null;
  const percent = text.ward.percent(Math.round(batteryPercent));
  return batteryLow ? text.ward.battery_low(percent) : percent;
}

/** NEWS2 with its number, or what it lacks; null: the patient is not scored. */
export function news2Words(news2: News2State): { readonly brief: string; readonly full: string } | null {
  if (news2.kind === 'off') return null;
  if (news2.kind === 'score') {
    const { score = 0, trigger = 'none' } = news2;
    const number = text.ward.news2.score(score);
    return { brief: number, full: text.ward.news2.scored(number, text.alarms.triggers[trigger]) };
  }
  const lacks = (news2.lacks ?? []).map((parameter) => text.ward.news2.parameters[parameter]);
  return { brief: text.ward.news2.partial, full: text.ward.news2.lacks(lacks.join(', ')) };
}

/** Which alarms are on the shelf, and until when. */
export function shelfWords({ vital, direction, until, by }: ShelfState): string {
  const what = `${vitalLabel(vital)} ${text.alarms.directions[direction]}`;
  return text.ward.shelved(what, timeOfDay(until), by);
}

/** Who sees the patient from outside of their scope. */
export function accessWords({ clinician }: AccessState): string {
  return text.ward.seen_by(clinician);
}

/** A vital in a sentence: its name, value and unit, or that it is unknown, and its age. */
export function cellWords({ name, shown, aside, unit, ageMs, quality }: VitalCell): string {
  if (shown === null) return text.ward.unknown(name, span(ageMs));
  const value = [shown, aside, unit].filter((part) => part !== null && part !== '').join(' ');
  const doubt = quality === null ? '' : `, ${text.vitals.quality[quality]}`;
  const age = isFresh(ageMs) ? '' : `, ${text.vitals.age(span(ageMs))}`;
  return `${name} ${value}${doubt}${age}`;
}

export interface TileFacts {
  readonly label: string;
  /** Worst first. */
  readonly alarms: readonly Alarm[];
  readonly cells: readonly VitalCell[];
  readonly devices: readonly DeviceState[];
  readonly news2: News2State;
  readonly shelves: readonly ShelfState[];
  readonly access: readonly AccessState[];
  /** Server's clock, ms. */
  readonly now: number;
}

/** What a tile says to whoever does not see it: bed, the worst alarm, then everything else. */
export function tileName({ label, alarms, cells, devices, news2, shelves, access, now }: TileFacts): string {
  const [worst] = alarms;
  const battery = batteryWords(devices);
  const score = news2Words(news2);
  return [
    worst === undefined ? `${label}: ${text.ward.no_alarm}` : alarmSentence(worst, label, now),
    ...(alarms.length > 1 ? [text.ward.more_alarms(alarms.length - 1)] : []),
    ...(cells.length === 0 ? [text.ward.no_values] : cells.map(cellWords)),
    ...(score === null ? [] : [score.full]),
    text.ward.device(presenceWords(devices, now)),
    ...(battery === null ? [] : [text.ward.battery(battery)]),
    ...shelves.map(shelfWords),
    ...access.map(accessWords),
  ].join('. ');
}
