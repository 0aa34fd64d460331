import { formatTable } from '../table.ts';
import { printable } from '../terminal/printable.ts';
import type { FileVerdict } from './check-database.ts';

/** For people: what is wrong and what to do, then a table of all files. */
export function verdictText(files: readonly FileVerdict[]): string {
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
  return [...faults, ...(faults.length > 0 ? [''] : []), table].join('\n');
}
