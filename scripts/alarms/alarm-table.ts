import type { Alarm } from '../../src/model/alarm.ts';
import { formatTable } from '../table.ts';
import type { ReplayedAlarm } from './replay-alarms.ts';

/** The alarms of one recording. */
export interface RecordingAlarms {
  readonly recording: string;
  /** From its first moment to its last. */
  readonly seconds: number;
  readonly alarms: readonly ReplayedAlarm[];
}

/** What an alarm is about, in the parts that a reader compares: what does not apply is null. */
function about(alarm: Alarm) {
  if (alarm.kind === 'technical') return { cause: alarm.condition, vital: alarm.vital, course: null };
  switch (alarm.cause) {
    case 'limit':
      return { cause: alarm.cause, vital: alarm.vital, course: alarm.direction };
    case 'change':
      return { cause: alarm.cause, vital: alarm.vital, course: alarm.course };
    case 'combination':
      return { cause: `combination:${alarm.name}`, vital: null, course: null };
    case 'news2':
      return { cause: alarm.cause, vital: null, course: null };
  }
}

/** An alarm as `--json` has it: seconds from the recording's start. `clear_s` null: it lived on to the end. */
export function alarmToJson({ alarm, times }: ReplayedAlarm) {
  const seconds = (ms: number): number => ms / 1_000;
  const when = (event: keyof typeof times): readonly number[] => (times[event] ?? []).map(seconds);
  return {
    ...{ id: alarm.id, kind: alarm.kind, ...about(alarm), priority: alarm.priority },
    retrospective: alarm.kind === 'physiological' && alarm.retrospective,
    onset_s: seconds(alarm.onset),
    priority_raised_s: when('priority_raised'),
    escalated_s: when('escalated'),
    acknowledged_s: when('acknowledged'),
    realerted_s: when('realerted'),
    latched_s: when('latched'),
    recurred_s: when('recurred'),
    clear_s: alarm.cleared === null ? null : seconds(alarm.cleared),
  };
}

/** One line an alarm. */
export function alarmTable(recordings: readonly RecordingAlarms[]): string {
  const rows = recordings.flatMap(({ recording, alarms }) =>
    alarms.map((alarm) => ({ recording, ...alarmToJson(alarm) })),
  );
  const all = (times: readonly number[]): string => (times.length === 0 ? '-' : times.join(' '));
  return formatTable(
    [
      { heading: 'RECORDING', value: ({ recording }) => recording },
      { heading: 'KIND', value: ({ kind, retrospective }) => (retrospective ? 'retrospective' : kind) },
      { heading: 'CAUSE', value: ({ cause }) => cause },
      { heading: 'VITAL', value: ({ vital }) => vital ?? '-' },
      { heading: 'COURSE', value: ({ course }) => course ?? '-' },
      { heading: 'PRIORITY', value: ({ priority }) => priority },
      { heading: 'ONSET', value: ({ onset_s }) => String(onset_s) },
      { heading: 'ESCALATED', value: ({ escalated_s }) => all(escalated_s) },
      { heading: 'LATCHED', value: ({ latched_s }) => all(latched_s) },
      { heading: 'BACK', value: ({ recurred_s }) => all(recurred_s) },
      { heading: 'CLEAR', value: ({ clear_s }) => (clear_s === null ? '-' : String(clear_s)) },
    ],
    rows,
  );
}
