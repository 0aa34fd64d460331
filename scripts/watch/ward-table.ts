import { styleText } from 'node:util';
import type { EpochMs } from '../../src/core/clock.ts';
import { type Alarm, vitalsConcerned } from '../../src/model/alarm.ts';
import { VITAL_NAMES, VITALS, type Vital } from '../../src/model/vital.ts';
import { counted } from '../counted.ts';
import {
  alarmHead,
  alarmInRoom,
  alarmSubject,
  fit,
  inAlarmColour,
  priorityWord,
  waitsForSomebody,
} from './alarm-text.ts';
import { news2Cell } from './news2-text.ts';
import { serviceText } from './service-text.ts';
import { currentValue, type PatientView, type WardState } from './ward-state.ts';

export interface TableOptions {
  readonly title: string;
  /** The server's time. */
  readonly now: EpochMs;
  readonly width: number;
  /** Most lines; what does not fit is counted in the last one. */
  readonly height: number;
  readonly colour: boolean;
}

const COLUMN_WIDTH = 6;
const AGE_WIDTH = 6;
const NEWS2_WIDTH = 9;
/** Left for the alarm of a patient, however many vitals there are. */
const ALARM_WIDTH = 34;

/** The ward as lines of text: worst alarm first, unknown values as `--` with the age of the last one beside them. */
export function wardTable(state: WardState, options: TableOptions): string[] {
  const { now, width, height, colour } = options;
  const patients = state.patients();
  const nameWidth = Math.min(20, Math.max(8, ...patients.map(({ label }) => label.length)));
  const news2Width = patients.some(({ news2 }) => news2.kind !== 'off') ? NEWS2_WIDTH : 0;
  const vitals = shownVitals(patients, width - nameWidth - AGE_WIDTH - news2Width - 2);
  const head = [
    ...banner(state, options),
    ...serviceLine(state, options),
    fit(title(options, patients, state), width),
    fit(
      `${'PATIENT'.padEnd(nameWidth)}${vitals.map((vital) => VITALS[vital].label.padStart(COLUMN_WIDTH)).join('')}${'AGE'.padStart(AGE_WIDTH)}${news2Width > 0 ? 'NEWS2'.padStart(news2Width) : ''}  ALARM`,
      width,
    ),
  ];
  const rows = patients.map((view) =>
    patientLine(view, { vitals, nameWidth, news2Width, now, width, colour }),
  );
  const alarmLine = (before: string, alarm: Alarm): string => {
    const start = `${fit(before, Math.max(0, width - headWidth(alarm) - 2))}: `;
    const line = fit(start + alarmInRoom(alarm, alarmSubject(alarm), width - start.length), width);
    return inAlarmColour(line, alarm, colour);
  };
  const loose = state.unassigned.map((alarm) => alarmLine(`unassigned ${alarm.device}`, alarm));
  const called = state.escalated.map((alarm) =>
    alarmLine(`called to ${alarm.patient}${alarm.ward === null ? '' : ` on ${alarm.ward}`}`, alarm),
  );
  const missed = state.unattended.map(({ patient, ward, priority, since }) =>
    fit(`unattended ${patient} (${ward ?? 'no ward'}): ${priorityWord(priority)} ${age(now - since)}`, width),
  );
  if (patients.length === 0 && state.connection.state === 'live') rows.push('Nobody to show yet.');
  const body = [...called, ...missed, ...rows, ...loose];
  const room = Math.max(1, height - head.length);
  if (body.length <= room) return [...head, ...body];
  return [
    ...head,
    ...body.slice(0, room - 1),
    `... and ${body.length - room + 1} more: make the window higher`,
  ];
}

function banner({ connection, skewMs }: WardState, { now, width, colour }: TableOptions): string[] {
  switch (connection.state) {
    case 'live':
      return [];
    case 'connecting':
      return ['connecting ...'];
    case 'lost': {
      const silent = age(now - skewMs - connection.since);
      const line = fit(
        ` CONNECTION LOST ${silent} ago: nothing below is current, no alarm reaches this screen `,
        width,
      );
      return [colour ? styleText(['bgRed', 'white', 'bold'], line, { validateStream: false }) : line];
    }
  }
}

function serviceLine({ service }: WardState, { width, colour }: TableOptions): string[] {
  const text = service === null ? null : serviceText(service);
  if (text === null) return [];
  const line = fit(` ${text} `, width);
  return [colour ? styleText(['inverse', 'bold'], line, { validateStream: false }) : line];
}

function title(
  { title: name, now }: TableOptions,
  patients: readonly PatientView[],
  { unassigned, escalated }: WardState,
): string {
  const alarms = [...patients.flatMap((view) => view.alarms), ...unassigned];
  const unseen = alarms.filter(waitsForSomebody).length;
  const called = escalated.length === 0 ? '' : `   ${escalated.length} elsewhere calling`;
  const clock = new Date(now).toISOString().slice(11, 19);
  return `${name}   ${clock} UTC   ${counted(patients.length, 'patient')}   ${counted(alarms.length, 'alarm')}, ${unseen} not acknowledged${called}`;
}

/** Vitals of every ward, most telling first; the others follow where there is room. */
const FIRST: readonly Vital[] = ['heart_rate', 'spo2', 'resp_rate', 'systolic_bp', 'body_temp'];

/**
 * Columns in catalogue order: what somebody has, as far as it fits beside the alarms, which are what the table is for.
 * Three at least, but never where the state of an alarm has to stand.
 * A vital that somebody has an alarm of comes before all others.
 */
function shownVitals(patients: readonly PatientView[], room: number): readonly Vital[] {
  const alarmed = (vital: Vital): boolean =>
    patients.some(({ alarms }) => alarms.some((alarm) => vitalsConcerned(alarm).includes(vital)));
  const measured = (vital: Vital): boolean => patients.some(({ values }) => values.has(vital));
  const wanted = [...FIRST, ...VITAL_NAMES.filter((vital) => !FIRST.includes(vital))].filter(measured);
  const ranked = [...wanted.filter(alarmed), ...wanted.filter((vital) => !alarmed(vital))];
  const head = Math.max(0, ...patients.flatMap(({ alarms: [worst] }) => (worst ? headWidth(worst) : [])));
  const columns = (taken: number): number => Math.max(0, Math.floor((room - taken) / COLUMN_WIDTH));
  const fitting = ranked.slice(0, Math.max(columns(Math.max(ALARM_WIDTH, head)), Math.min(3, columns(head))));
  return VITAL_NAMES.filter((vital) => fitting.includes(vital));
}

/** What an alarm needs at least: its priority and state, and the ellipsis of what is cut. */
function headWidth(alarm: Alarm): number {
  return alarmHead(alarm, true).length + 2;
}

interface LineOptions extends Pick<TableOptions, 'now' | 'width' | 'colour'> {
  readonly vitals: readonly Vital[];
  readonly nameWidth: number;
  /** 0: nobody is scored. */
  readonly news2Width: number;
}

function patientLine(
  view: PatientView,
  { vitals, nameWidth, news2Width, now, width, colour }: LineOptions,
): string {
  const name = view.label.slice(0, nameWidth).padEnd(nameWidth);
  let left = name;
  let plainLength = name.length;
  for (const vital of vitals) {
    const value = currentValue(view, vital, now);
    const text = shownValue(vital, value).padStart(COLUMN_WIDTH);
    const alarm = view.alarms.find((live) => vitalsConcerned(live).includes(vital));
    left += alarm ? inAlarmColour(text, alarm, colour) : text;
    plainLength += text.length;
  }
  const newest = Math.max(...[...view.values.values()].map(({ t }) => t));
  const ageText = (Number.isFinite(newest) ? age(now - newest) : '').padStart(AGE_WIDTH);
  const alarms = alarmCell(view, now, Math.max(0, width - plainLength - AGE_WIDTH - news2Width - 2));
  const cell = alarms.text;
  const coloured = alarms.worst ? inAlarmColour(cell, alarms.worst, colour) : cell;
  const score = news2Cell(view.news2).padStart(news2Width);
  return `${left}${ageText}${score}  ${coloured}`.trimEnd();
}

function shownValue(vital: Vital, value: number | null | undefined): string {
  if (value === undefined) return '';
  return value === null ? '--' : value.toFixed(VITALS[vital].decimals);
}

function alarmCell(
  view: PatientView,
  now: EpochMs,
  room: number,
): { readonly text: string; readonly worst: Alarm | null } {
  const [worst, ...others] = view.alarms;
  if (!worst) {
    const off = [...view.devices]
      .filter(([, presence]) => presence !== 'on')
      .map(([device, presence]) => `${device} ${presence}`);
    return { text: fit(off.join(', '), room), worst: null };
  }
  const more = others.length > 0 ? ` +${others.length}: ${others.map(alarmSubject).join(', ')}` : '';
  const text = alarmInRoom(worst, `${alarmSubject(worst)} ${age(now - worst.onset)}${more}`, room);
  return { text, worst };
}

/** A duration as it is read at a glance: 7s, 4m, 3h, 2d. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds}s`;
  if (seconds < 6_000) return `${Math.round(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)}h`;
  return `${Math.round(seconds / 86_400)}d`;
}
