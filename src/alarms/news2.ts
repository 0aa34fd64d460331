import type { Priority } from '../model/limit.ts';
import {
  type Consciousness,
  NEWS2_PARAMETERS,
  NEWS2_TRIGGERS,
  type News2Parameter,
  type News2Points,
  type News2Trigger,
  type OxygenUse,
} from '../model/news2.ts';

/**
 * National Early Warning Score 2 as the chart has it: Royal College of Physicians, "National Early Warning Score (NEWS) 2",
 * London 2017, charts 1 (scoring) and 2 (thresholds and triggers).
 */

export type News2Scale = 1 | 2;

/** What one score is made of. */
export interface News2Values {
  readonly resp_rate: number;
  readonly spo2: number;
  readonly oxygen: OxygenUse;
  readonly systolic_bp: number;
  readonly pulse: number;
  readonly consciousness: Consciousness;
  readonly temperature: number;
}

export interface News2Result {
  readonly points: Readonly<Record<News2Parameter, News2Points>>;
  readonly score: number;
  readonly trigger: News2Trigger;
}

/** One cell of the chart: values up to and with `upTo`, above the cell before. */
interface Cell {
  readonly upTo: number;
  readonly points: News2Points;
}

const REST = Number.POSITIVE_INFINITY;

function cells(...row: readonly (readonly [upTo: number, points: News2Points])[]): readonly Cell[] {
  return row.map(([upTo, points]) => ({ upTo, points }));
}

/** The rows of numbers, but for SpO2, which has three. */
export const NEWS2_CHART = {
  resp_rate: cells([8, 3], [11, 1], [20, 0], [24, 2], [REST, 3]),
  systolic_bp: cells([90, 3], [100, 2], [110, 1], [219, 0], [REST, 3]),
  pulse: cells([40, 3], [50, 1], [90, 0], [110, 1], [130, 2], [REST, 3]),
  temperature: cells([35.0, 3], [36.0, 1], [38.0, 0], [39.0, 1], [REST, 2]),
} as const satisfies Partial<Record<News2Parameter, readonly Cell[]>>;

/** Scale 2 (target 88-92 %, prescribed in hypercapnic respiratory failure) punishes too much oxygen, not good air. */
export const NEWS2_SPO2 = {
  scale_1: cells([91, 3], [93, 2], [95, 1], [REST, 0]),
  scale_2_air: cells([83, 3], [85, 2], [87, 1], [REST, 0]),
  scale_2_oxygen: cells([83, 3], [85, 2], [87, 1], [92, 0], [94, 1], [96, 2], [REST, 3]),
} as const;

const OXYGEN_POINTS: Readonly<Record<OxygenUse, News2Points>> = { air: 0, oxygen: 2 };
const CONSCIOUSNESS_POINTS: Readonly<Record<Consciousness, News2Points>> = {
  alert: 0,
  confused: 3,
  voice: 3,
  pain: 3,
  unresponsive: 3,
};

/** Half of the last place of a decimal such as 38.05 lies a little below it as a binary fraction. */
const ROUNDING = 1e-9;

/**
 * The chart has whole numbers, and temperatures to 0.1: nothing stands between 20 and 21 breaths. A value is rounded to the
 * chart's precision first, half away from zero (all are above zero), because that is the number a person would have
 * written on it; a cell's edge is never guessed from digits that the chart does not know.
 */
export function onChart(parameter: News2Parameter, value: number): number {
  const scale = parameter === 'temperature' ? 10 : 1;
  return Math.floor(value * scale + 0.5 + ROUNDING) / scale;
}

function pointsIn(row: readonly Cell[], value: number): News2Points {
  for (const cell of row) if (value <= cell.upTo) return cell.points;
  return 3;
}

/**
 * Points of SpO2 (%).
 * @param oxygen null: not known, which leaves it open on scale 2 above its target range. @returns null: open
 */
export function spo2Points(value: number, scale: News2Scale, oxygen: OxygenUse | null): News2Points | null {
  const charted = onChart('spo2', value);
  if (scale === 1) return pointsIn(NEWS2_SPO2.scale_1, charted);
  const air = pointsIn(NEWS2_SPO2.scale_2_air, charted);
  if (oxygen === 'air') return air;
  const supplied = pointsIn(NEWS2_SPO2.scale_2_oxygen, charted);
  return oxygen === 'oxygen' || air === supplied ? supplied : null;
}

/** Points of a rate (/min), a pressure (mm[Hg]) or a temperature (Cel). */
export function numberPoints(parameter: keyof typeof NEWS2_CHART, value: number): News2Points {
  return pointsIn(NEWS2_CHART[parameter], onChart(parameter, value));
}

export function oxygenPoints(use: OxygenUse): News2Points {
  return OXYGEN_POINTS[use];
}

/** Any level but alert scores 3; new confusion is one of them (the C of ACVPU). */
export function consciousnessPoints(level: Consciousness): News2Points {
  return CONSCIOUSNESS_POINTS[level];
}

/**
 * The chart's trigger for an aggregate score.
 * @param single whether one parameter alone scores 3
 */
export function news2Trigger(score: number, single: boolean): News2Trigger {
  if (score >= 7) return 'emergency';
  if (score >= 5) return 'urgent';
  if (single) return 'single_parameter';
  return score > 0 ? 'low' : 'none';
}

/** Numeric rank of a trigger: a higher number is more urgent. */
export function triggerRank(trigger: News2Trigger): number {
  return NEWS2_TRIGGERS.indexOf(trigger);
}

/** Alarm priority of a trigger; null: no alarm, a ward round's matter. */
export const TRIGGER_PRIORITY = {
  none: null,
  low: null,
  single_parameter: 'low',
  urgent: 'medium',
  emergency: 'high',
} as const satisfies Readonly<Record<News2Trigger, Priority | null>>;

/** Scores one full set of observations. */
export function news2(values: News2Values, scale: News2Scale): News2Result {
  const points = {
    resp_rate: numberPoints('resp_rate', values.resp_rate),
    spo2: spo2Points(values.spo2, scale, values.oxygen) ?? 0,
    oxygen: oxygenPoints(values.oxygen),
    systolic_bp: numberPoints('systolic_bp', values.systolic_bp),
    pulse: numberPoints('pulse', values.pulse),
    consciousness: consciousnessPoints(values.consciousness),
    temperature: numberPoints('temperature', values.temperature),
  };
  let score = 0;
  let single = false;
  for (const parameter of NEWS2_PARAMETERS) {
    score += points[parameter];
    single ||= points[parameter] === 3;
  }
  return { points, score, trigger: news2Trigger(score, single) };
}
