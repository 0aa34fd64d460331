import { formatTable } from '../table.ts';
import { printable } from '../terminal/printable.ts';
import type { FileVerdict } from './check-database.ts';

/** What it means that a database is not there which need not be. */
const ABSENT: Readonly<Record<string, string>> = {
  'telemetry.db': 'in order where the store is InfluxDB; else restore a backup',
  'quarantine.db': 'the next start makes a new one; what was in it has a backup, or nobody',
};

/**
 * For people: what is wrong and what to do, then a table of all files.
 * @param absent databases that are not there and need not be
 */
export function verdictText(files: readonly FileVerdict[], absent: readonly string[] = []): string {
  const faults = files.flatMap(({ file, faults, moreFaults, cure }) => [
    ...faults.map((fault) => `${file}: ${printable(fault)}`),
    ...(moreFaults === 0 ? [] : [`${file}: and ${moreFaults} more`]),
    ...(cure === null ? [] : [`${file}: ${cure}`]),
  ]);
  const table = formatTable<FileVerdict>(
    [
      { heading: 'FILE', value: ({ file }) => file },
      { heading: 'RESULT', value: ({ sound }) => (sound ? 'sound' : 'NOT SOUND') },
      { heading: 'HOLDS', value: ({ detail }) => detail || '-' },
    ],
    files,
  );
  const missing = absent.map((name) => `${name}: not there: ${ABSENT[name] ?? 'restore a backup'}`);
  const told = [...faults, ...missing];
  return [...told, ...(told.length > 0 ? [''] : []), table].join('\n');
}
