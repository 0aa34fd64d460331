import { DEFAULT_LIMITS } from '../../src/model/default-limits.ts';
import { effectiveLimits } from '../../src/model/effective-limits.ts';
import { type Limit, PRIORITIES, type Priority } from '../../src/model/limit.ts';
import { counted } from '../counted.ts';
import type { Recording } from '../replay/recording.ts';
import { formatTable } from '../table.ts';
import { replayAlarms } from './replay-alarms.ts';

/** The built-in limits, and what they would be without what keeps alarms few. */
const SETTINGS: readonly { readonly name: string; readonly of: (limit: Limit) => Limit }[] = [
  { name: 'as they are', of: (limit) => limit },
  { name: 'without onset delays', of: (limit) => ({ ...limit, onset_delay_ms: 0 }) },
  {
    name: 'without clear margins and delays',
    of: (limit) => ({ ...limit, clear_margin: 0, clear_delay_ms: 0 }),
  },
  {
    name: 'without both',
    of: (limit) => ({ ...limit, onset_delay_ms: 0, clear_margin: 0, clear_delay_ms: 0 }),
  },
];

export interface BurdenOfSetting {
  readonly limits: string;
  /** Alarms about the person, by the highest priority each reached. */
  readonly alarms: Readonly<Record<Priority | 'all', number>>;
  readonly per_patient_hour: Readonly<Record<Priority | 'all', number>>;
  /** How many fewer than without both, as a share of those; null: there are none. */
  readonly reduction: number | null;
}

export interface Burden {
  readonly recordings: number;
  readonly patient_hours: number;
  readonly settings: readonly BurdenOfSetting[];
}

/**
 * Alarms a patient-hour by priority, over recordings, with the built-in limits as they are and without their delays and
 * margins. Each alarm is seen at once, so that one ends with its condition and the next is another. Technical alarms, which
 * no limit makes, do not count.
 */
export function burdenOf(
  recordings: readonly Recording[],
  onSetting: (name: string) => void = () => {},
): Burden {
  const hours =
    recordings.reduce((sum, { samples }) => {
      const [first, last] = [samples[0], samples.at(-1)];
      return sum + (first && last ? last.offsetMs - first.offsetMs : 0);
    }, 0) / 3_600_000;
  const counts = SETTINGS.map(({ name, of }) => {
    onSetting(name);
    return { name, alarms: countAlarms(recordings, DEFAULT_LIMITS.map(of)) };
  });
  const most = counts.at(-1)?.alarms.all ?? 0;
  return {
    recordings: recordings.length,
    patient_hours: hours,
    settings: counts.map(({ name, alarms }) => ({
      limits: name,
      alarms,
      per_patient_hour: ofEach((priority) => (hours === 0 ? 0 : alarms[priority] / hours)),
      reduction: most === 0 ? null : 1 - alarms.all / most,
    })),
  };
}

function ofEach(value: (priority: Priority | 'all') => number): Record<Priority | 'all', number> {
  return { low: value('low'), medium: value('medium'), high: value('high'), all: value('all') };
}

function countAlarms(recordings: readonly Recording[], limits: readonly Limit[]): BurdenOfSetting['alarms'] {
  const counts = ofEach(() => 0);
  const options = { limits: effectiveLimits(limits, [], null, null), acknowledgeAfterMs: 0 };
  for (const recording of recordings) {
    for (const { alarm } of replayAlarms(recording, options)) {
      if (alarm.kind === 'technical' || alarm.retrospective) continue;
      counts[alarm.priority] += 1;
      counts.all += 1;
    }
  }
  return counts;
}

/** The burden as people read it. */
export function burdenText({ recordings, patient_hours, settings }: Burden): string {
  const table = formatTable(
    [
      { heading: 'BUILT-IN LIMITS', value: (row: BurdenOfSetting) => row.limits },
      { heading: 'ALARMS', value: ({ alarms }) => String(alarms.all) },
      ...[...PRIORITIES.toReversed(), 'all' as const].map((priority) => ({
        heading: `${priority.toUpperCase()}/H`,
        value: (row: BurdenOfSetting) => row.per_patient_hour[priority].toFixed(2),
      })),
      {
        heading: 'FEWER',
        value: ({ reduction }) => (reduction === null ? '-' : `${(reduction * 100).toFixed(0)} %`),
      },
    ],
    settings,
  );
  return `${counted(recordings, 'recording')}, ${patient_hours.toFixed(2)} patient-hours; alarms about the person, per patient-hour:\n${table}`;
}
