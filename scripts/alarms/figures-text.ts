import type { KeyFigures, KindFigures } from '../../src/alarms/key-figures.ts';
import { PRIORITIES } from '../../src/model/limit.ts';
import { counted } from '../counted.ts';
import { formatTable } from '../table.ts';

/** What the server answers of a ward or a patient. */
export type FiguresAnswer = KeyFigures & { readonly whole_ward?: boolean; readonly truncated: boolean };

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
const seconds = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1_000).toFixed(0)} s`);

/** Key figures as a person reads them. */
export function figuresText(of: string, found: FiguresAnswer): string {
  const kinds = { physiological: found.physiological, technical: found.technical };
  const rows = Object.entries(kinds).flatMap(([kind, figures]) =>
    [...PRIORITIES].reverse().map((priority) => ({ kind, priority, ...figures.by_priority[priority] })),
  );
  const table = formatTable<(typeof rows)[number]>(
    [
      { heading: 'KIND', value: ({ kind }) => kind },
      { heading: 'PRIORITY', value: ({ priority }) => priority },
      { heading: 'ALARMS', value: ({ count }) => String(count) },
      { heading: 'SHARE', value: ({ share }) => percent(share) },
      { heading: 'ACKNOWLEDGED', value: ({ acknowledged }) => String(acknowledged) },
      { heading: 'AFTER (MEDIAN)', value: ({ ack_median_ms }) => seconds(ack_median_ms) },
    ],
    rows,
  );
  const perDay = (kind: KindFigures): string => kind.per_patient_day.toFixed(1);
  const top = found.top_conditions.map(
    ({ condition, annunciations, share }) => `  ${condition}: ${annunciations}, ${percent(share)}`,
  );
  return [
    `${of}: ${counted(found.patients, 'patient')}, ${new Date(found.from).toISOString()} to ${new Date(found.to).toISOString()}`,
    ...(found.whole_ward === false ? ['Patients outside your scope are not counted.'] : []),
    ...(found.truncated ? ['There was more in the log than is counted: ask for a shorter range.'] : []),
    `Alarms a patient a day: ${perDay(found.physiological)} physiological, ${perDay(found.technical)} technical`,
    table.trimEnd(),
    `Floods: ${found.floods.count}, ${seconds(found.floods.ms)} in flood. Chattering: ${found.chattering}. Stale: ${found.stale}.`,
    `Unattended: ${found.unattended}. Escalated: ${found.escalated}. Alerted again: ${found.reminded}.`,
    ...(top.length === 0 ? [] : ['Most frequent:', ...top]),
  ].join('\n');
}
