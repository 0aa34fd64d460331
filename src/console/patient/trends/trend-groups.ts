import type { Vital } from '../../../model/vital.ts';

/** What is drawn in one chart: vitals of one unit, with the range that its axis shows at the least. */
export interface TrendGroup {
  readonly id: 'heart' | 'spo2' | 'resp' | 'pressure' | 'temperature' | 'glucose';
  readonly vitals: readonly Vital[];
  /** In the unit of the vitals: an axis that follows the values alone makes noise look like news. */
  readonly usual: readonly [low: number, high: number];
}

/** The charts, in the order in which they stand. */
export const TREND_GROUPS: readonly TrendGroup[] = [
  { id: 'heart', vitals: ['heart_rate', 'pulse_rate'], usual: [40, 140] },
  { id: 'spo2', vitals: ['spo2'], usual: [84, 100] },
  { id: 'resp', vitals: ['resp_rate'], usual: [4, 32] },
  { id: 'pressure', vitals: ['systolic_bp', 'mean_bp', 'diastolic_bp'], usual: [50, 170] },
  { id: 'temperature', vitals: ['body_temp', 'skin_temp'], usual: [34.5, 39.5] },
  { id: 'glucose', vitals: ['glucose'], usual: [50, 260] },
];

/** Every vital that has a trend. */
export const TREND_VITALS: readonly Vital[] = TREND_GROUPS.flatMap(({ vitals }) => vitals);
