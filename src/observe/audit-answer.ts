import type { SealedEntry } from './audit-chain.ts';
import { AUDIT_ACTOR_KINDS, type AuditActor } from './audit-entry.ts';

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

/** An entry as JSON. What is stored may have been tampered with: details that are no JSON are given as they stand. */
export function auditAnswer({ actorKind, actor, details, ...entry }: SealedEntry) {
  return { ...entry, actor: { kind: actorKind, name: actor }, details: parsedDetails(details) ?? details };
}

/** Null: they are no JSON object. */
export function parsedDetails(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
