/**
 * The vital-sign catalogue: the only place where names, units, codes and possible ranges stand.
 * Units are UCUM, codes LOINC and IEEE 11073-10101 (MDC). Ranges are data-cleaning bounds, not physiology:
 * a value outside cannot be a measurement (mimic-code, MIMIC_Extract).
 */
export type Vital =
  | 'heart_rate'
  | 'pulse_rate'
  | 'resp_rate'
  | 'spo2'
  | 'body_temp'
  | 'skin_temp'
  | 'systolic_bp'
  | 'diastolic_bp'
  | 'mean_bp'
  | 'glucose'
  | 'steps';

/** One end of a possible range. */
export interface Bound {
  readonly value: number;
  readonly inclusive: boolean;
}

export interface VitalDefinition {
  readonly name: Vital;
  /** What a clinician reads on a tile. */
  readonly label: string;
  /** UCUM unit; fixed, never sent. */
  readonly unit: string;
  readonly loinc: string;
  /** IEEE 11073-10101 MDC code, null where the nomenclature has none. */
  readonly mdc: number | null;
  readonly min: Bound;
  readonly max: Bound | null;
  /** Decimals a display shows. */
  readonly decimals: number;
  /**
   * Whether a living, attached person's value changes within minutes, so that a standstill means a stuck sensor.
   * SpO2 at saturation and a ventilated person's respiratory rate stand still in health: docs/adr/0004.
   */
  readonly varies: boolean;
  /** How often a wearable usually measures it, until its own cadence is known. Milliseconds. */
  readonly usualIntervalMs: number;
}

const above = (value: number): Bound => ({ value, inclusive: false });
const from = (value: number): Bound => ({ value, inclusive: true });
const below = above;
const upTo = from;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const VITALS: Readonly<Record<Vital, VitalDefinition>> = {
  heart_rate: {
    name: 'heart_rate',
    label: 'HR',
    unit: '/min',
    loinc: '8867-4',
    mdc: 147842,
    min: above(0),
    max: below(300),
    decimals: 0,
    varies: true,
    usualIntervalMs: SECOND,
  },
  pulse_rate: {
    name: 'pulse_rate',
    label: 'PR',
    unit: '/min',
    loinc: '8867-4',
    mdc: 149530,
    min: above(0),
    max: below(300),
    decimals: 0,
    varies: true,
    usualIntervalMs: SECOND,
  },
  // 0 is apnoea until shown otherwise: it counts as a value.
  resp_rate: {
    name: 'resp_rate',
    label: 'RR',
    unit: '/min',
    loinc: '9279-1',
    mdc: 151562,
    min: from(0),
    max: below(70),
    decimals: 0,
    varies: false,
    usualIntervalMs: SECOND,
  },
  // 59408-5 (pulse oximetry) is sent together with 2708-6 in FHIR (US Core).
  spo2: {
    name: 'spo2',
    label: 'SpO2',
    unit: '%',
    loinc: '59408-5',
    mdc: 150456,
    min: above(0),
    max: upTo(100),
    decimals: 0,
    varies: false,
    usualIntervalMs: SECOND,
  },
  body_temp: {
    name: 'body_temp',
    label: 'Temp',
    unit: 'Cel',
    loinc: '8310-5',
    mdc: 150364,
    min: from(26),
    max: upTo(45),
    decimals: 1,
    varies: false,
    usualIntervalMs: MINUTE,
  },
  // Never alarmed as core temperature. The LOINC code is to be confirmed.
  skin_temp: {
    name: 'skin_temp',
    label: 'Skin',
    unit: 'Cel',
    loinc: '39106-0',
    mdc: 150388,
    min: from(10),
    max: upTo(45),
    decimals: 1,
    varies: false,
    usualIntervalMs: SECOND,
  },
  systolic_bp: {
    name: 'systolic_bp',
    label: 'SBP',
    unit: 'mm[Hg]',
    loinc: '8480-6',
    mdc: 150021,
    min: above(0),
    max: below(400),
    decimals: 0,
    varies: false,
    usualIntervalMs: 15 * MINUTE,
  },
  diastolic_bp: {
    name: 'diastolic_bp',
    label: 'DBP',
    unit: 'mm[Hg]',
    loinc: '8462-4',
    mdc: 150022,
    min: above(0),
    max: below(300),
    decimals: 0,
    varies: false,
    usualIntervalMs: 15 * MINUTE,
  },
  mean_bp: {
    name: 'mean_bp',
    label: 'MAP',
    unit: 'mm[Hg]',
    loinc: '8478-0',
    mdc: 150023,
    min: from(14),
    max: upTo(330),
    decimals: 0,
    varies: false,
    usualIntervalMs: 15 * MINUTE,
  },
  glucose: {
    name: 'glucose',
    label: 'Gluc',
    unit: 'mg/dL',
    loinc: '99504-3',
    mdc: null,
    min: from(10),
    max: upTo(2000),
    decimals: 0,
    varies: false,
    usualIntervalMs: 5 * MINUTE,
  },
  steps: {
    name: 'steps',
    label: 'Steps',
    unit: '{steps}',
    loinc: '55423-8',
    mdc: null,
    min: from(0),
    max: null,
    decimals: 0,
    varies: false,
    usualIntervalMs: MINUTE,
  },
};

/** Every vital, in catalogue order. */
export const VITAL_NAMES = Object.keys(VITALS) as readonly Vital[];

/** Whether `name` is a vital of the catalogue. Own properties only: `constructor` is not a vital. */
export function isVital(name: string): name is Vital {
  return Object.hasOwn(VITALS, name);
}

/** Whether `value` can be a measurement of `vital` at all. */
export function isPossible(vital: Vital, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const { min, max } = VITALS[vital];
  if (min.inclusive ? value < min.value : value <= min.value) return false;
  if (max === null) return true;
  return max.inclusive ? value <= max.value : value < max.value;
}

/** The possible range as a person reads it, e.g. `>0 and <=100 %`. */
export function possibleRange(vital: Vital): string {
  const { min, max, unit } = VITALS[vital];
  const low = `${min.inclusive ? '>=' : '>'}${min.value}`;
  return max === null ? `${low} ${unit}` : `${low} and ${max.inclusive ? '<=' : '<'}${max.value} ${unit}`;
}
