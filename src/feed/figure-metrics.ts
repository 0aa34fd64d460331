import { PRIORITIES } from '../model/limit.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { WardFigures } from './ward-figures.ts';

/** Key figures of each ward over the last 24 h (clinical rule 10); wards are few, so they may be a label. */
export function figureMetrics(metrics: Metrics, figures: WardFigures): void {
  const wards = () => [...figures.wards()];
  metrics.observedEach(
    'vitalwire_ward_alarms_per_patient_day',
    'Alarms that sounded, per patient and day, over the last 24 h.',
    ['ward'],
    () =>
      wards().map(([ward, { physiological, technical }]) => ({
        labels: { ward },
        value: physiological.per_patient_day + technical.per_patient_day,
      })),
  );
  metrics.observedEach(
    'vitalwire_ward_alarm_share',
    'Share of each priority among the physiological alarms of the last 24 h.',
    ['ward', 'priority'],
    () =>
      wards().flatMap(([ward, { physiological }]) =>
        PRIORITIES.map((priority) => ({
          labels: { ward, priority },
          value: physiological.by_priority[priority].share,
        })),
      ),
  );
  const counts = [
    ['floods', 'Alarm floods (10 or more in 10 min) of the last 24 h.'],
    ['chattering', 'Conditions that sounded 3 times or more in a minute, over the last 24 h.'],
    ['stale', 'Alarms that have lived for more than 24 h.'],
  ] as const;
  for (const [name, help] of counts)
    metrics.observedEach(`vitalwire_ward_alarm_${name}`, help, ['ward'], () =>
      wards().map(([ward, found]) => ({
        labels: { ward },
        value: name === 'floods' ? found.floods.count : found[name],
      })),
    );
  metrics.observedEach(
    'vitalwire_ward_alarm_ack_median_seconds',
    'Median time to the first acknowledgement of physiological alarms, over the last 24 h.',
    ['ward', 'priority'],
    () =>
      wards().flatMap(([ward, { physiological }]) =>
        PRIORITIES.flatMap((priority) => {
          const { ack_median_ms } = physiological.by_priority[priority];
          return ack_median_ms === null ? [] : [{ labels: { ward, priority }, value: ack_median_ms / 1_000 }];
        }),
      ),
  );
}
