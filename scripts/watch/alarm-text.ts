import { styleText } from 'node:util';
import type { EpochMs } from '../../src/core/clock.ts';
import type { Alarm } from '../../src/model/alarm.ts';
import type { Priority } from '../../src/model/limit.ts';
import { VITALS, type Vital } from '../../src/model/vital.ts';

/** The word that stands for an alarm's priority: colour alone never does. */
export function priorityLabel({ kind, priority }: Alarm): string {
  const label = priorityWord(priority);
  return kind === 'technical' ? `TECH ${label}` : label;
}

export function priorityWord(priority: Priority): string {
  return { low: 'LOW', medium: 'MED', high: 'HIGH' }[priority];
}

/** What an alarm is about, e.g. `SpO2 low 84 (limit 90)`. */
export function alarmSubject(alarm: Alarm): string {
  if (alarm.kind === 'technical') {
    const condition = alarm.condition.replaceAll('_', ' ');
    return alarm.vital === null ? condition : `${VITALS[alarm.vital].label} ${condition}`;
  }
  const shown = (vital: Vital, value: number): string =>
    `${VITALS[vital].label} ${value.toFixed(VITALS[vital].decimals)}`;
  switch (alarm.cause) {
    case 'limit': {
      const { label, decimals } = VITALS[alarm.vital];
      return `${label} ${alarm.direction} ${alarm.value.toFixed(decimals)} (limit ${alarm.threshold})`;
    }
    case 'change': {
      const by = alarm.change.toFixed(VITALS[alarm.vital].decimals);
      return `${shown(alarm.vital, alarm.value)} ${alarm.course} by ${by} in ${alarm.window_ms / 1_000} s`;
    }
    case 'combination': {
      const values = Object.entries(alarm.values) as [Vital, number][];
      return `${alarm.name.replaceAll('_', ' ')}: ${values.map(([vital, value]) => shown(vital, value)).join(', ')}`;
    }
    case 'news2':
      return `NEWS2 ${alarm.score} (${alarm.trigger.replaceAll('_', ' ')})`;
  }
}

/** Whether it waits for a person: nobody has seen it, and it is not on the shelf. */
export function waitsForSomebody({ presence, shelved_until }: Alarm): boolean {
  return (presence === 'on' || presence === 'latched') && shelved_until === null;
}

/**
 * What people did about an alarm, and did not, in words: ` [latched, unattended]`; nothing when it is simply on.
 * @param short for where there is little room
 */
export function alarmState(alarm: Alarm, short = false): string {
  const { presence, shelved_until, escalated_at, circle, unattended } = alarm;
  const words = [
    presence === 'latched' ? 'latched' : presence === 'ack' ? 'ack' : null,
    shelved_until === null ? null : shelvedWords(shelved_until, short),
    escalated_at === null ? null : `${short ? 'esc.' : 'escalated to'} ${circle.replaceAll('_', ' ')}`,
    unattended ? (short ? 'unatt.' : 'unattended') : null,
  ].filter((word) => word !== null);
  return words.length === 0 ? '' : ` [${words.join(', ')}]`;
}

function shelvedWords(until: EpochMs, short: boolean): string {
  const time = new Date(until).toISOString().slice(11, 16);
  return short ? `shelved to ${time}` : `shelved until ${time} UTC`;
}

/** Priority and state: what of an alarm is never cut off. */
export function alarmHead(alarm: Alarm, short: boolean): string {
  return `${priorityLabel(alarm)}${alarmState(alarm, short)}`;
}

/** An alarm in `room` characters: its priority and state, shortened where not all has room, then the rest as far as it goes. */
export function alarmInRoom(alarm: Alarm, rest: string, room: number): string {
  const whole = `${alarmHead(alarm, false)} ${rest}`;
  return whole.length <= room ? whole : fit(`${alarmHead(alarm, true)} ${rest}`, room);
}

/** Text of at most `width` characters; one that is cut ends in an ellipsis. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

type Style = Parameters<typeof styleText>[0];

/** Colours after IEC 60601-1-8: high red, medium and low yellow, technical cyan. */
function alarmStyle(alarm: Alarm): Style {
  const { kind, priority } = alarm;
  if (kind === 'technical') return ['cyan'];
  const plain: Style = priority === 'high' ? ['red'] : ['yellow'];
  if (!waitsForSomebody(alarm) || priority === 'low') return plain;
  return priority === 'high' ? ['bgRed', 'white', 'bold'] : ['bgYellow', 'black'];
}

/** Text in the alarm's colour, or as it is. */
export function inAlarmColour(text: string, alarm: Alarm, colour: boolean): string {
  return colour ? styleText(alarmStyle(alarm), text, { validateStream: false }) : text;
}
