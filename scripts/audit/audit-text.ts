import { InvalidArgumentError } from 'commander';
import type { AuditHead, SealedEntry } from '../../src/observe/audit-chain.ts';
import { AUDIT_ACTOR_KINDS, type AuditActor } from '../../src/observe/audit-entry.ts';
import { formatTable } from '../table.ts';

/** Whose entries are wanted. */
export interface ActorFilter {
  readonly actorKind?: AuditActor['kind'];
  readonly actor?: string;
}

/** `kind`, `kind:name` or `name`; an address has colons of its own, so only a kind counts before the first one. */
export function parseActor(text: string): ActorFilter {
  const [first = '', ...rest] = text.split(':');
  const kind = AUDIT_ACTOR_KINDS.find((one) => one === first);
  if (kind === undefined) return { actor: text };
  return rest.length === 0 ? { actorKind: kind } : { actorKind: kind, actor: rest.join(':') };
}

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

/** An entry as JSON. What is stored may have been tampered with: details that are no JSON are given as they stand. */
export function toJson({ actorKind, actor, details, ...entry }: SealedEntry) {
  const parsed = parsedDetails(details);
  return { ...entry, actor: { kind: actorKind, name: actor }, details: parsed ?? details };
}

function parsedDetails(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
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
