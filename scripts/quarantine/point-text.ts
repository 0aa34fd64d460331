import { InvalidArgumentError } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import type { Point } from '../../src/store/point.ts';
import type { QuarantineEntry } from '../../src/store/quarantine-database.ts';
import { formatTable } from '../table.ts';
import { printable } from '../terminal/printable.ts';

/** What a point is about, in the words of the store. Values are clinical data: `fields` has their names only. */
export interface PointSummary {
  /** `unreadable`: what was kept is no point of this release. */
  readonly measurement: Point['measurement'] | 'unreadable';
  readonly device: string | null;
  readonly patient: string | null;
  /** Its own time, ISO 8601; where it is none, what stands there. */
  readonly time: string;
  readonly fields: readonly string[];
}

/** Never throws: one entry that earlier lines or another release brought in must not hide the others, nor stay for ever. */
export function summaryOf(point: Point): PointSummary {
  try {
    return summarized(point);
  } catch {
    return { measurement: 'unreadable', device: null, patient: null, time: '-', fields: [] };
  }
}

function summarized(point: Point): PointSummary {
  switch (point.measurement) {
    case 'vitals': {
      const quality = point.quality === null ? [] : ['quality'];
      return of(point, point.device, point.patient, point.t, [...Object.keys(point.values), ...quality]);
    }
    case 'waveforms':
      return of(point, point.device, point.patient, point.t, [`${point.signal} (${point.values.length})`]);
    case 'device_status': {
      const { battery_percent, worn, charging } = point;
      const given = Object.entries({ battery_percent, worn, charging }).filter(([, value]) => value !== null);
      return of(
        point,
        point.device,
        null,
        point.t,
        given.map(([name]) => name),
      );
    }
    case 'alarms': {
      const { alarm, at, event } = point.event;
      return of(point, alarm.device, alarm.patient, at, [event]);
    }
    case 'observations': {
      const { patient, t, values, oxygen, consciousness } = point.observation;
      const others = Object.entries({ oxygen, consciousness }).filter(([, value]) => value !== null);
      return of(point, null, patient, t, [...Object.keys(values), ...others.map(([name]) => name)]);
    }
    default:
      throw new CodedError('point_unreadable', 'it is of no measurement that this release knows');
  }
}

function of(
  { measurement }: Point,
  device: string | null,
  patient: string | null,
  t: number,
  fields: readonly string[],
): PointSummary {
  const date = new Date(t);
  const time = Number.isNaN(date.getTime()) ? String(t) : date.toISOString();
  return { measurement, device, patient, time, fields };
}

/** An entry for programs: with its summary, without its values. */
export function toJson({ point, at, tried, ...entry }: QuarantineEntry): Record<string, unknown> {
  const times = { at: new Date(at).toISOString(), tried: new Date(tried).toISOString() };
  return { ...entry, ...times, ...summaryOf(point) };
}

/** Entries for people: a line each. */
export function entryTable(entries: readonly QuarantineEntry[]): string {
  const rows = entries.map((entry) => ({ ...entry, ...summaryOf(entry.point) }));
  return formatTable<(typeof rows)[number]>(
    [
      { heading: 'ID', value: ({ id }) => String(id) },
      { heading: 'DEVICE', value: ({ device, patient }) => printable(device ?? `patient ${patient}`) },
      { heading: 'MEASUREMENT', value: ({ measurement }) => measurement },
      { heading: 'TIME', value: ({ time }) => time },
      { heading: 'FIELDS', value: ({ fields }) => printable(fields.join(' ')) },
      { heading: 'ATTEMPTS', value: ({ attempts }) => String(attempts) },
      { heading: 'REFUSED', value: ({ tried }) => new Date(tried).toISOString() },
      { heading: 'WHY', value: ({ message }) => printable(cut(message, 120)) },
    ],
    rows,
  );
}

/** One entry in full, with its values. */
export function entryText(entry: QuarantineEntry): string {
  const { id, at, tried, attempts, code, message, point } = entry;
  const { measurement, device, patient, time, fields } = summaryOf(point);
  const facts = {
    id,
    measurement,
    device: device ?? '-',
    patient: patient ?? '-',
    time,
    fields: fields.join(' '),
    'set aside': new Date(at).toISOString(),
    'last refused': new Date(tried).toISOString(),
    attempts,
    refusal: `${message} (${code})`,
    point: JSON.stringify(point),
  };
  return Object.entries(facts)
    .map(([name, value]) => `${`${name}:`.padEnd(14)}${printable(String(value))}\n`)
    .join('');
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Id of an entry. */
export function entryId(text: string): number {
  const id = Number(text);
  if (/^\d{1,15}$/.test(text) && id > 0) return id;
  throw new InvalidArgumentError('give an id as list shows it');
}
