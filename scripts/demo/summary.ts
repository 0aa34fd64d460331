import { type Alarm, vitalsConcerned } from '../../src/model/alarm.ts';
import { counted } from '../counted.ts';
import { type Column, formatTable } from '../table.ts';

/** One alarm of the demo; times in seconds of sample time from the start. */
export interface SummaryAlarm {
  readonly patient: string | null;
  readonly kind: 'physiological' | 'technical';
  /** What a technical alarm says; null for a physiological one. */
  readonly condition: string | null;
  readonly vital: string | null;
  readonly direction: string | null;
  /** The highest reached. */
  readonly priority: string;
  readonly onset: number;
  readonly clear: number | null;
}

/** The last line of `npm run demo -- --json`. */
export interface DemoSummary {
  readonly devices: number;
  readonly seconds: number;
  readonly samples_sent: number;
  readonly samples_acked: number;
  /** Moments read back: samples of one device with one time are one moment. */
  readonly samples_stored: number;
  readonly samples_rejected: number;
  /** Moments that the server did not refuse and the store does not have. */
  readonly moments_missing: number;
  readonly values_sent: number;
  readonly values_missing: number;
  readonly waveform_chunks_sent: number;
  readonly alarms: readonly SummaryAlarm[];
  readonly alarm_latency_ms: { readonly p50: number; readonly p99: number } | null;
  readonly store: string;
  readonly speed: number;
  /** Whether it was ended early: everything above is of what was sent until then. */
  readonly interrupted: boolean;
}

/** Low or high; of a change its course; null where there is neither. */
function directionOf(alarm: Alarm): string | null {
  if (alarm.kind === 'technical') return null;
  return alarm.cause === 'limit' ? alarm.direction : alarm.cause === 'change' ? alarm.course : null;
}

/** An alarm as the summary has it, `startAt` being second 0. */
export function summaryAlarm(alarm: Alarm, startAt: number): SummaryAlarm {
  const seconds = (t: number): number => Number(((t - startAt) / 1_000).toFixed(3));
  return {
    patient: alarm.patient,
    kind: alarm.kind,
    condition: alarm.kind === 'technical' ? alarm.condition : null,
    vital: vitalsConcerned(alarm).join('+') || null,
    direction: directionOf(alarm),
    priority: alarm.priority,
    onset: seconds(alarm.onset),
    clear: alarm.cleared === null ? null : seconds(alarm.cleared),
  };
}

const COLUMNS: readonly Column<SummaryAlarm>[] = [
  { heading: 'patient', value: ({ patient }) => patient ?? '(nobody)' },
  {
    heading: 'alarm',
    value: (alarm) =>
      [alarm.condition, alarm.vital, alarm.direction].filter((part) => part !== null).join(' '),
  },
  { heading: 'priority', value: ({ priority }) => priority },
  { heading: 'raised at', value: ({ onset }) => `${onset} s` },
  { heading: 'cleared at', value: ({ clear }) => (clear === null ? 'still on' : `${clear} s`) },
];

/** Whether every sample that was sent and not refused is in the store, to the value. */
export function isWhole({ moments_missing, values_missing }: DemoSummary): boolean {
  return moments_missing === 0 && values_missing === 0;
}

function verdict(summary: DemoSummary): string {
  if (!isWhole(summary)) return 'LOST: what was acked is not all in the store.';
  return summary.samples_sent > 0 ? 'Everything that was acked is in the store.' : 'No samples were sent.';
}

/** The summary as a person reads it. */
export function describeSummary(summary: DemoSummary): string {
  const { alarms, alarm_latency_ms: latency } = summary;
  return [
    '',
    alarms.length === 0 ? 'No alarms.' : formatTable(COLUMNS, alarms),
    `${summary.interrupted ? 'Interrupted: ' : ''}${counted(summary.devices, 'wearable')}, ${summary.seconds} s of sample time at speed ${summary.speed}, store ${summary.store}`,
    `samples  ${summary.samples_sent} sent, ${summary.samples_acked} acked, ${summary.samples_stored} read back from the store, ${summary.samples_rejected} rejected`,
    `values   ${summary.values_sent} sent, ${summary.values_missing} missing from the store`,
    ...(summary.waveform_chunks_sent > 0
      ? [`traces   ${counted(summary.waveform_chunks_sent, 'chunk')} sent`]
      : []),
    `latency  ${latency ? `${latency.p50} ms median, ${latency.p99} ms p99, from the breach handed to the device's client to the alarm at the clinician's` : 'no alarm was raised by a sample'}`,
    verdict(summary),
  ].join('\n');
}
