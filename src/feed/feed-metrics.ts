import type { Priority } from '../model/limit.ts';
import type { Metrics } from '../observe/metrics.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';

/** What is counted of the clinician side. */
export interface FeedMetrics {
  opened(): void;
  closed(code: number): void;
  alarmSent(): void;
  conflated(): void;
  /** How many live alarms no client has confirmed in time. */
  unattended(alarms: number): void;
  /** No client has confirmed an alarm in time. */
  missed(priority: Priority): void;
}

/** Feed counters in the given metrics registry. */
export function feedMetrics(metrics: Metrics): FeedMetrics {
  const sessions = metrics.gauge('vitalwire_feed_sessions', 'Clinician feeds open now.');
  const closes = metrics.counter(
    'vitalwire_feed_closes_total',
    'Clinician feeds that ended, by close code.',
    ['code'],
  );
  // Counted for every frame to every clinician.
  let [alarms, held] = [0, 0];
  metrics.countedEach('vitalwire_feed_alarm_frames_total', 'Alarm frames sent to clinicians.', [], () => [
    { labels: {}, value: alarms },
  ]);
  metrics.countedEach(
    'vitalwire_feed_conflated_total',
    'Vitals and waveform frames not sent because a reader was slow; the newest values follow.',
    [],
    () => [{ labels: {}, value: held }],
  );
  const unattended = metrics.gauge(
    'vitalwire_alarms_unattended',
    'Live alarms that no clinician has confirmed to have in time.',
  );
  const missed = metrics.counter(
    'vitalwire_alarms_unattended_total',
    'Alarms that no clinician confirmed to have in time, by priority.',
    ['priority'],
  );
  return {
    opened: () => sessions.inc(),
    closed(code) {
      sessions.dec();
      closes.inc({ code: Object.hasOwn(CLOSE_CODES, code) ? String(code) : 'other' });
    },
    alarmSent() {
      alarms += 1;
    },
    conflated() {
      held += 1;
    },
    unattended: (alarms) => unattended.set(alarms),
    missed: (priority) => missed.inc({ priority }),
  };
}
