import { MANUAL_DEVICE } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';
import type { TelemetryRecord } from '../model/record.ts';
import type { Sample } from '../model/sample.ts';
import type { Vital } from '../model/vital.ts';
import { isVital } from '../model/vital.ts';
import type { Point } from './point.ts';

/**
 * What a journal record means to the store: a point a moment, a chunk, an alarm step or a device status, in the
 * record's order. A frame of which nothing was kept gives none.
 */
export function pointsOf(record: TelemetryRecord): Point[] {
  switch (record.kind) {
    case 'vitals': {
      const points: Point[] = [];
      // The receive time tells something only where the device's own time cannot be trusted.
      const received = record.skew === 0 ? null : record.received;
      for (const { patient, samples } of record.parts) {
        for (const sample of samples) {
          points.push({
            measurement: 'vitals',
            patient,
            device: record.device,
            t: sample.t,
            values: valuesOf(sample),
            quality: sample.quality ?? null,
            received,
          });
        }
      }
      return points;
    }
    case 'waveform': {
      if (record.values.length === 0) return [];
      const { patient, device, signal, t, rate_hz, values } = record;
      return [{ measurement: 'waveforms', patient, device, signal, t, rate_hz, values }];
    }
    case 'status':
      return [
        {
          measurement: 'device_status',
          device: record.device,
          t: record.received,
          battery_percent: record.battery_percent ?? null,
          worn: record.worn ?? null,
          charging: record.charging ?? null,
        },
      ];
    case 'alarm':
      return [{ measurement: 'alarms', event: record.event }];
    case 'observation':
      return observationPoints(record.observation);
    case 'consumed':
      return [];
  }
}

/** Vitals entered by hand stand in the history like others, under a device of their own. */
function observationPoints(observation: Observation): Point[] {
  const whole: Point = { measurement: 'observations', observation };
  const { patient, t, values } = observation;
  if (Object.keys(values).length === 0) return [whole];
  const vitals = { measurement: 'vitals', patient, device: MANUAL_DEVICE, t, values } as const;
  return [{ ...vitals, quality: null, received: null }, whole];
}

/** By what the sample has and not by the catalogue, of which a sample has a few: half the time. */
function valuesOf(sample: Sample): Partial<Record<Vital, number>> {
  const values: Partial<Record<Vital, number>> = {};
  for (const name in sample) {
    if (!isVital(name)) continue;
    const value = sample[name];
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** How many moments a point holds: what batch sizes are counted in, one line of line protocol each. */
export function momentsOf(point: Point): number {
  return point.measurement === 'waveforms' ? point.values.length : 1;
}
