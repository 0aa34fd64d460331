import { InvalidArgumentError } from 'commander';
import { parsedDetails } from '../../src/observe/audit-answer.ts';
import type { AuditHead, SealedEntry } from '../../src/observe/audit-chain.ts';
import { formatTable } from '../table.ts';

/** `SEQ:HASH`, as `verify` prints it. */
export function parseHead(text: string): AuditHead {
  const [, seq = '', hash = ''] = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (hash !== '') return { seq: Number(seq), hash: hash.toLowerCase() };
  throw new InvalidArgumentError('give a head as verify prints it: the number, ":" and 64 hex digits');
}

/** Entries for people: a line each. */
export function auditTable(entries: readonly SealedEntry[]): string {
  return formatTable<SealedEntry>(
    [
      { heading: 'SEQ', value: ({ seq }) => String(seq) },
      { heading: 'TIME', value: ({ at }) => timeOf(at) },
      { heading: 'ACTOR', value: ({ actorKind, actor }) => shown(`${actorKind} ${actor}`.trim()) },
      { heading: 'ACTION', value: ({ action }) => shown(action) },
      { heading: 'SUBJECT', value: ({ subject }) => shown(subject) },
      { heading: 'DETAILS', value: ({ details }) => shown(detailsLine(details)) },
    ],
    entries,
  );
}

function detailsLine(text: string): string {
  const details = parsedDetails(text);
  if (details === null) return text;
  return Object.entries(details)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** A time that nobody could have recorded is shown as the number it is. */
function timeOf(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? String(at) : time.toISOString();
}

/** Whoever tampered with the file is not to write to the reader's terminal. */
function shown(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}
