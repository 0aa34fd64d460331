import type { Metrics } from '../observe/metrics.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';

/** What is counted of the clinician side. */
export interface FeedMetrics {
  opened(): void;
  closed(code: number): void;
  alarmSent(): void;
  conflated(): void;
}

/** Feed counters in the given metrics registry. */
export function feedMetrics(metrics: Metrics): FeedMetrics {
  const sessions = metrics.gauge('vitalwire_feed_sessions', 'Clinician feeds open now.');
  const closes = metrics.counter(
    'vitalwire_feed_closes_total',
    'Clinician feeds that ended, by close code.',
    ['code'],
  );
  const alarms = metrics.counter('vitalwire_feed_alarm_frames_total', 'Alarm frames sent to clinicians.');
  const held = metrics.counter(
    'vitalwire_feed_conflated_total',
    'Vitals and waveform frames not sent because a reader was slow; the newest values follow.',
  );
  return {
    opened: () => sessions.inc(),
    closed(code) {
      sessions.dec();
      closes.inc({ code: Object.hasOwn(CLOSE_CODES, code) ? String(code) : 'other' });
    },
    alarmSent: () => alarms.inc(),
    conflated: () => held.inc(),
  };
}
