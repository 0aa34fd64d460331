import { AUDIT_DETAIL_MAX, type AuditAct } from '../../src/observe/audit-entry.ts';
import type { QuarantineEntry } from '../../src/store/quarantine-database.ts';
import { summaryOf } from './point-text.ts';

/** What goes on record of entries that are thrown away: an act for each device or, of points without one, patient. */
export function actsOfDrop(entries: readonly QuarantineEntry[], reason: string): readonly AuditAct[] {
  const bySubject = Map.groupBy(entries, ({ point }) => {
    const { device, patient } = summaryOf(point);
    return device ?? patient ?? 'unknown';
  });
  return [...bySubject].map(([subject, dropped]) => {
    const times = dropped.map(({ point }) => summaryOf(point).time).sort();
    const measurements = [...new Set(dropped.map(({ point }) => summaryOf(point).measurement))].join(' ');
    return {
      action: 'quarantine_dropped',
      subject,
      details: {
        points: dropped.length,
        entries: idsText(dropped),
        measurements,
        from: times[0] ?? '',
        until: times.at(-1) ?? '',
        reason,
      },
    };
  });
}

/** Their ids, as many as an entry of the trail has room for; `...` where there are more. */
function idsText(entries: readonly QuarantineEntry[]): string {
  let text = '';
  for (const { id } of entries) {
    if (text.length + String(id).length > AUDIT_DETAIL_MAX - ' ...'.length - 1) return `${text} ...`;
    text += text === '' ? id : ` ${id}`;
  }
  return text;
}
