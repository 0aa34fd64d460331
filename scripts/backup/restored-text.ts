import { counted } from '../counted.ts';
import type { Restored } from './restore-backup.ts';

/** What was restored, what is lost with it, and what is left to do. */
export function restoredText(restored: Restored, withdrawAsked: boolean): string {
  const { data, manifest, aside, certsAside, withdrawn, former } = restored;
  const since = (count: number | null | undefined, then: number, one: string, many: string): string =>
    count === null || count === undefined
      ? `how many ${many} cannot be known`
      : counted(Math.max(0, count - then), one, many);
  const auditThen = Number(manifest.audit_head.split(':')[0] || 0);
  return [
    `${data} is as it was at ${manifest.created}.`,
    ...(aside === null ? [] : [`What was there before: ${aside} (keep it until you are sure).`]),
    ...(certsAside === null ? [] : [`Certificates of before: ${certsAside}.`]),
    ...withdrawn.map(({ subject, what, from }) => `Withdrawn again: ${subject}: ${what} (${from}).`),
    '',
    'LOST by nature:',
    `- What was acked after the backup and had not reached ${manifest.store === 'influxdb' ? 'InfluxDB' : 'a store outside this directory'}: ${since(former?.journalPosition, manifest.journal.position, 'journal batch', 'journal batches')}.`,
    '  Devices have let go of it; they begin new streams by themselves.',
    '- Alarm events after the backup, and what people did about them. Alarms that still hold are raised anew; clients get',
    '  a new snapshot, since no cursor of after the backup is taken for known.',
    `- Registry changes after the backup (enrolments, renewals, assignments, limits, shelves, people): ${since(former?.registryRevision, manifest.registry_revision, 'write', 'writes')}.`,
    `- Audit entries after the backup: ${since(former?.auditEntries, auditThen, 'entry', 'entries')}; in the file of before they can still be read, and heads
  that were noted after the backup verify against that file only.`,
    ...(manifest.telemetry !== 'not_included'
      ? []
      : ['- Vitals in InfluxDB are not in the backup: what it has stays as it is.']),
    '',
    'BEFORE you start the server:',
    withdrawAsked
      ? '- What revocation lists and the former registry name is withdrawn again (above). Whatever else was revoked, suspended or'
      : '- NOTHING was withdrawn again (--no-withdrawals). Whatever was revoked, suspended or',
    '  narrowed after the backup holds again: go by audit entries and CRLs kept elsewhere, with npm run device -- revoke.',
    ...(certsAside === null
      ? []
      : [
          '- An authority or token key that was withdrawn after the backup is trusted again, and server certificates are those of',
          `  then: compare with ${certsAside}, and withdraw it again.`,
        ]),
    '- Assignments are those of the backup: a wearable that changed hands since is recorded under its FORMER patient until',
    '  npm run device -- assign puts that right. Check every assignment at the bedside.',
    '- Limits, shelves and NEWS2 scales are those of the backup: check those that were changed since.',
    '- Everybody is signed out of the console, and links to sign in with of before are worth nothing: sign in anew.',
    '- Devices that renewed after the backup show a certificate that is not known, and are refused: enrol them again.',
  ].join('\n');
}
