import type { Vital } from '../../model/vital.ts';
import type { Values } from '../feed/patient-model.ts';
import { shownAt } from '../feed/shown-value.ts';
import { vitalLabel, vitalName, vitalUnit, vitalValue } from '../text/quantities.ts';
import { text } from '../text/text.ts';

/** One place of a tile: a vital, or a blood pressure of up to three. */
export interface VitalCell {
  readonly key: 'bp' | Vital;
  /** Whom alarms may concern. */
  readonly vitals: readonly Vital[];
  /** Whose trend is drawn. */
  readonly trend: Vital;
  readonly label: string;
  /** In full. */
  readonly name: string;
  readonly unit: string;
  /** Null: unknown. */
  readonly shown: string | null;
  /** The mean of a blood pressure, beside it. */
  readonly aside: string | null;
  /** Since the value, or the last one there was, was measured. */
  readonly ageMs: number;
  readonly quality: 'motion' | 'poor_contact' | null;
}

const PRESSURES = ['systolic_bp', 'diastolic_bp', 'mean_bp'] as const satisfies readonly Vital[];
/** The places of a tile: a nurse finds a number by where it stands. */
const PLACES = [
  ...(['heart_rate', 'spo2', 'resp_rate', 'bp', 'body_temp', 'glucose'] as const),
  ...(['pulse_rate', 'skin_temp', 'steps'] as const),
] satisfies readonly VitalCell['key'][];

/** What a patient's tile shows at `now` (server's clock, ms), in a fixed order: the vitals that there ever was a value of. */
export function vitalCells(values: Values, now: number): readonly VitalCell[] {
  return PLACES.map((key) =>
    key === 'bp' ? pressureCell(values, now) : singleCell(key, values, now),
  ).filter((cell) => cell !== null);
}

function singleCell(vital: Vital, values: Values, now: number): VitalCell | null {
  const known = values[vital];
  if (known === undefined) return null;
  const { value, ageMs, quality } = shownAt(vital, known, now);
  return {
    ...{ key: vital, vitals: [vital], trend: vital, ageMs, quality: quality ?? null },
    label: vitalLabel(vital),
    name: vitalName(vital),
    unit: vitalUnit(vital),
    shown: value === null ? null : vitalValue(vital, value),
    aside: null,
  };
}

/** `120/80 (93)`, or the mean alone where a device gives no more: as old as the oldest number in it. */
function pressureCell(values: Values, now: number): VitalCell | null {
  const parts = PRESSURES.map((vital) => {
    const known = values[vital];
    return known === undefined ? null : { vital, ...shownAt(vital, known, now) };
  });
  const known = parts.filter((part) => part !== null);
  if (known.length === 0) return null;
  const number = (vital: Vital): string | null => {
    const value = known.find((part) => part.vital === vital)?.value ?? null;
    return value === null ? null : vitalValue(vital, value);
  };
  const [systolic, diastolic, mean] = PRESSURES.map(number);
  const pair = systolic == null && diastolic == null ? null : `${systolic ?? '–'}/${diastolic ?? '–'}`;
  const shown = known.filter(({ value }) => value !== null);
  const ages = (shown.length > 0 ? shown : known).map(({ ageMs }) => ageMs);
  return {
    ...{ key: 'bp', vitals: PRESSURES, unit: vitalUnit('systolic_bp') },
    trend: values.systolic_bp === undefined ? 'mean_bp' : 'systolic_bp',
    label: text.ward.bp,
    name: text.ward.blood_pressure,
    shown: pair ?? (mean == null ? null : `(${mean})`),
    aside: pair === null || mean == null ? null : `(${mean})`,
    ageMs: Math.max(...ages),
    quality: known.find(({ quality }) => quality != null)?.quality ?? null,
  };
}

/** How many places a patient's tile needs. */
export function vitalCount(values: Values): number {
  const known = (key: VitalCell['key']): boolean =>
    key === 'bp' ? PRESSURES.some((vital) => values[vital] !== undefined) : values[key] !== undefined;
  return PLACES.filter(known).length;
}
