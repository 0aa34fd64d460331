import type { DeviceId, PatientId } from '../model/ids.ts';
import { QUALITIES } from '../model/sample.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import type {
  AlarmPoint,
  ObservationPoint,
  Point,
  StatusPoint,
  VitalsPoint,
  WaveformPoint,
} from './point.ts';
import { StoreError } from './telemetry-store.ts';

/** Whose points: one number stands for it in every row. Patient '' is nobody. */
export interface SeriesKey {
  readonly patient: string;
  readonly device: DeviceId;
}

export interface WaveformRow {
  readonly series: number;
  readonly signal: string;
  readonly t: number;
  readonly rateHz: number;
  readonly values: Float64Array<ArrayBuffer>;
}

/** A batch as it crosses to the worker: numbers in one transferred block, since cloning an object a moment costs more. */
export interface PackedPoints {
  readonly series: readonly SeriesKey[];
  /** `VITALS_STRIDE` numbers a moment; NaN is absent. */
  readonly vitals: Float64Array<ArrayBuffer>;
  readonly waveforms: readonly WaveformRow[];
  readonly alarms: readonly AlarmPoint[];
  readonly statuses: readonly StatusPoint[];
  readonly observations: readonly ObservationPoint[];
}

/** Index into `series`, t, received, index into `QUALITIES`, then a value a vital in catalogue order. */
export const VITALS_STRIDE = 4 + VITAL_NAMES.length;

/** @throws StoreError `store_invalid` for a value that is no finite number: InfluxDB takes none either. */
export function pack(points: readonly Point[]): PackedPoints {
  const series: SeriesKey[] = [];
  const numbers = new Map<DeviceId, Map<PatientId | null, number>>();
  const seriesOf = (device: DeviceId, patient: PatientId | null): number => {
    const ofDevice = numbers.get(device) ?? new Map<PatientId | null, number>();
    const known = ofDevice.get(patient);
    if (known !== undefined) return known;
    numbers.set(device, ofDevice.set(patient, series.length));
    return series.push({ patient: patient ?? '', device }) - 1;
  };
  const moments: VitalsPoint[] = [];
  const waveforms: WaveformRow[] = [];
  const alarms: AlarmPoint[] = [];
  const statuses: StatusPoint[] = [];
  const observations: ObservationPoint[] = [];
  for (const point of points) {
    if (point.measurement === 'vitals') moments.push(point);
    else if (point.measurement === 'waveforms') waveforms.push(waveformRow(point, seriesOf));
    else if (point.measurement === 'alarms') alarms.push(point);
    else if (point.measurement === 'observations') observations.push(checkedObservation(point));
    else statuses.push(point);
  }
  return { series, vitals: packVitals(moments, seriesOf), waveforms, alarms, statuses, observations };
}

function finite(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw new StoreError('invalid', `${name} is ${value}: only finite numbers are stored`, {
    details: { field: name },
  });
}

function checkedObservation(point: ObservationPoint): ObservationPoint {
  for (const [vital, value] of Object.entries(point.observation.values)) finite(vital, value);
  return point;
}

function packVitals(
  moments: readonly VitalsPoint[],
  seriesOf: (device: DeviceId, patient: PatientId | null) => number,
): Float64Array<ArrayBuffer> {
  const packed = new Float64Array(moments.length * VITALS_STRIDE);
  let at = 0;
  for (const { device, patient, t, received, quality, values } of moments) {
    packed[at++] = seriesOf(device, patient);
    packed[at++] = finite('t', t);
    packed[at++] = received ?? Number.NaN;
    packed[at++] = quality === null || quality === 'good' ? Number.NaN : QUALITIES.indexOf(quality);
    for (const vital of VITAL_NAMES) {
      const value = values[vital];
      packed[at++] = value === undefined ? Number.NaN : finite(vital, value);
    }
  }
  return packed;
}

function waveformRow(
  { device, patient, signal, t, rate_hz, values }: WaveformPoint,
  seriesOf: (device: DeviceId, patient: PatientId | null) => number,
): WaveformRow {
  for (const value of values) finite(signal, value);
  return {
    series: seriesOf(device, patient),
    signal,
    t: finite('t', t),
    rateHz: finite('rate_hz', rate_hz),
    values: Float64Array.from(values),
  };
}

/** The blocks of a batch that move to the worker instead of being copied. */
export function transferables({ vitals, waveforms }: PackedPoints): ArrayBuffer[] {
  return [vitals.buffer, ...waveforms.map(({ values }) => values.buffer)];
}
