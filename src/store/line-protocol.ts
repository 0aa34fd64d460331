import type { Alarm, LoggedAlarmEvent } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import { isVital } from '../model/vital.ts';
import { floatField, stringField, tagValue } from './line-protocol-values.ts';
import { observationLine } from './observation-line.ts';
import type { Point, StatusPoint, VitalsPoint, WaveformPoint } from './point.ts';
import { valueMicros } from './sample-times.ts';

/**
 * Line protocol of InfluxDB, the form 1.x, 2.x and 3.x agree on, with timestamps in microseconds.
 * Tags stand in key order, as InfluxDB asks for, because it sorts them otherwise.
 */

/**
 * The escaped tags of each device's newest patient, so that they are made once and not once a sample. Belongs to
 * whoever writes; at `capacity` devices the one longest in it makes room.
 */
export class TagPrefixes {
  readonly #capacity: number;
  readonly #byDevice = new Map<DeviceId, { readonly patient: PatientId | null; readonly tags: string }>();

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#byDevice.size;
  }

  /** `,device=...` and, for a known patient, `,patient=...`. @throws CodedError `unrepresentable_point` */
  of(device: DeviceId, patient: PatientId | null): string {
    const known = this.#byDevice.get(device);
    if (known?.patient === patient) return known.tags;
    const tags = `,device=${tagValue(device)}${patient === null ? '' : `,patient=${tagValue(patient)}`}`;
    if (known === undefined && this.#byDevice.size >= this.#capacity) {
      for (const oldest of this.#byDevice.keys()) {
        this.#byDevice.delete(oldest);
        break;
      }
    }
    this.#byDevice.set(device, { patient, tags });
    return tags;
  }
}

/**
 * The lines of a point, parted by line feeds; empty for a point without any field.
 * @throws CodedError `unrepresentable_point`
 */
export function linesOf(point: Point, prefixes: TagPrefixes): string {
  switch (point.measurement) {
    case 'vitals':
      return vitalsLine(point, prefixes);
    case 'waveforms':
      return waveformLines(point, prefixes);
    case 'alarms':
      return alarmLine(point.event);
    case 'device_status':
      return statusLine(point);
    case 'observations':
      return observationLine(point.observation);
  }
}

function vitalsLine(point: VitalsPoint, prefixes: TagPrefixes): string {
  let fields = '';
  for (const name in point.values) {
    if (!isVital(name)) continue;
    const value = point.values[name];
    if (value !== undefined) fields += `${fields === '' ? ' ' : ','}${floatField(name, value)}`;
  }
  if (point.quality !== null && point.quality !== 'good') {
    fields += `${fields === '' ? ' ' : ','}quality=${stringField(point.quality)}`;
  }
  if (fields === '') return '';
  if (point.received !== null) fields += `,received=${Math.round(point.received)}i`;
  return `vitals${prefixes.of(point.device, point.patient)}${fields} ${Math.round(point.t * 1_000)}`;
}

function waveformLines(point: WaveformPoint, prefixes: TagPrefixes): string {
  const head = `waveforms${prefixes.of(point.device, point.patient)},signal=${tagValue(point.signal)} `;
  let lines = '';
  for (const [index, value] of point.values.entries()) {
    const t = valueMicros(point.t, point.rate_hz, index);
    lines += `${index === 0 ? '' : '\n'}${head}${floatField('value', value)} ${t}`;
  }
  return lines;
}

function statusLine(point: StatusPoint): string {
  const fields: string[] = [];
  if (point.battery_percent !== null) fields.push(floatField('battery_percent', point.battery_percent));
  if (point.worn !== null) fields.push(`worn=${point.worn}`);
  if (point.charging !== null) fields.push(`charging=${point.charging}`);
  if (fields.length === 0) return '';
  return `device_status,device=${tagValue(point.device)} ${fields.join(',')} ${Math.round(point.t * 1_000)}`;
}

/**
 * Tags say which alarm condition stepped how, so their number stays that of patients times vitals; the cursor, new
 * with every event, would make a series of each and is a field. What keeps two like events of one millisecond apart
 * is the time itself: its last three digits, below the product's millisecond grain, come from the cursor.
 */
function alarmLine({ event, at, alarm, cursor }: LoggedAlarmEvent): string {
  const tags = alarmTags({ event, alarm });
  const fields = [
    `id=${stringField(alarm.id)}`,
    `cursor=${stringField(cursor)}`,
    `priority=${stringField(alarm.priority)}`,
    `presence=${stringField(alarm.presence)}`,
    `onset=${Math.round(alarm.onset)}i`,
  ];
  if (alarm.cleared !== null) fields.push(`cleared=${Math.round(alarm.cleared)}i`);
  if (alarm.acknowledged_by !== null) fields.push(`acknowledged_by=${stringField(alarm.acknowledged_by)}`);
  if (alarm.acknowledged_at !== null) fields.push(`acknowledged_at=${Math.round(alarm.acknowledged_at)}i`);
  fields.push(...findingFields(alarm));
  const written = tags.filter((tag): tag is [string, string] => tag[1] !== null);
  const tagText = written.map(([key, value]) => `,${key}=${tagValue(value)}`).join('');
  return `alarms${tagText} ${fields.join(',')} ${Math.round(at) * 1_000 + belowMillisecond(cursor)}`;
}

/** Which condition stepped how, in the order of their keys. */
function alarmTags({ event, alarm }: Pick<LoggedAlarmEvent, 'event' | 'alarm'>): [string, string | null][] {
  const common: [string, string | null][] = [
    ['device', alarm.device],
    ['event', event],
    ['kind', alarm.kind],
    ['patient', alarm.patient],
  ];
  if (alarm.kind === 'technical') return [['condition', alarm.condition], ...common, ['vital', alarm.vital]];
  switch (alarm.cause) {
    case 'limit':
      return sorted([
        ...common,
        ['cause', alarm.cause],
        ['direction', alarm.direction],
        ['vital', alarm.vital],
      ]);
    case 'change':
      return sorted([...common, ['cause', alarm.cause], ['course', alarm.course], ['vital', alarm.vital]]);
    case 'combination':
      return sorted([...common, ['cause', alarm.cause], ['name', alarm.name]]);
    case 'news2':
      return sorted([...common, ['cause', alarm.cause]]);
  }
}

function sorted(tags: [string, string | null][]): [string, string | null][] {
  return tags.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the evaluation found, apart from the alarm's life. */
function findingFields(alarm: Alarm): string[] {
  if (alarm.kind === 'technical')
    return alarm.last_value_at === null ? [] : [`last_value_at=${Math.round(alarm.last_value_at)}i`];
  const fields = [
    `breached_since=${Math.round(alarm.breached_since)}i`,
    `retrospective=${alarm.retrospective}`,
  ];
  switch (alarm.cause) {
    case 'limit':
      return [floatField('threshold', alarm.threshold), floatField('value', alarm.value), ...fields];
    case 'change':
      return [
        ...[floatField('threshold', alarm.threshold), floatField('value', alarm.value)],
        ...[floatField('change', alarm.change), `window_ms=${alarm.window_ms}i`, ...fields],
      ];
    case 'combination': {
      const values = Object.entries(alarm.values).map(([vital, value]) => floatField(vital, value));
      return [...values, ...fields];
    }
    case 'news2':
      return [`score=${alarm.score}i`, `trigger=${stringField(alarm.trigger)}`, ...fields];
  }
}

/** 0 to 999 from a cursor; neighbours in the alarm log differ, since their last digits count up. */
function belowMillisecond(cursor: string): number {
  const digits = /(\d{1,3})$/.exec(cursor)?.[1];
  if (digits !== undefined) return Number(digits);
  let hash = 0;
  for (const character of cursor) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000;
  return hash;
}
