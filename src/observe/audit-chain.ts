import { hash } from 'node:crypto';
import type { EpochMs } from '../core/clock.ts';

/** What an entry says, as stored: every field a number or a text. */
export interface AuditFields {
  readonly at: EpochMs;
  readonly actorKind: string;
  /** '' for the server. */
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** A JSON object. Hashed as the text it is. */
  readonly details: string;
}

/** An entry in its place. Numbers run from 1 without a gap. */
export interface SealedEntry extends AuditFields {
  readonly seq: number;
  /** The hash of the entry before. */
  readonly previous: string;
  /** Lower-case hex SHA-256 over everything above. */
  readonly hash: string;
}

/** Where a trail ended when somebody looked: whoever keeps it can prove later that nothing up to there changed. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** The head of an empty trail. */
export const GENESIS: AuditHead = { seq: 0, hash: '0'.repeat(64) };

/** Names what is hashed, and how: a later form of entries has another, so that no entry can pass for one of the other form. */
const FORM = 'vitalwire-audit-1';

/**
 * The hash of an entry. What is hashed is a JSON array of fixed length: JSON keeps its members apart whatever they
 * hold, so two different entries never give the same text.
 */
export function entryHash(entry: Omit<SealedEntry, 'hash'>): string {
  const { seq, at, actorKind, actor, action, subject, details, previous } = entry;
  return hash(
    'sha256',
    JSON.stringify([FORM, seq, at, actorKind, actor, action, subject, details, previous]),
  );
}

/** The entry that follows `head`. */
export function sealEntry(head: AuditHead, fields: AuditFields): SealedEntry {
  const { at, actorKind, actor, action, subject, details } = fields;
  const open = { seq: head.seq + 1, at, actorKind, actor, action, subject, details, previous: head.hash };
  return { ...open, hash: entryHash(open) };
}

/** What is wrong with `entry` as the one after `head`; null: nothing. */
export function faultAfter(head: AuditHead, entry: SealedEntry): string | null {
  if (entry.seq > head.seq + 1) return `entries ${head.seq + 1} to ${entry.seq - 1} are missing before it`;
  if (entry.seq <= head.seq) return `it stands after entry ${head.seq}`;
  if (entry.previous !== head.hash) {
    return `it does not continue entry ${head.seq}: one of the two was changed or replaced`;
  }
  if (entry.hash !== entryHash(entry)) return 'what it says does not match its hash: it was changed';
  return null;
}

export type ChainVerdict =
  | { readonly ok: true; readonly head: AuditHead }
  /** `seq`: the first entry that is wrong, or that should be there and is not. */
  | { readonly ok: false; readonly seq: number; readonly problem: string };

/**
 * Walks a whole trail, oldest entry first. A chain shows every change within it; that its end was cut off, or that all
 * of it was written anew, shows only against a head noted earlier.
 */
export function verifyChain(
  entries: Iterable<SealedEntry>,
  { noted = GENESIS, passed }: { noted?: AuditHead; passed?: (head: AuditHead) => void } = {},
): ChainVerdict {
  let head = GENESIS;
  if (noted.seq === 0 && noted.hash !== GENESIS.hash) return notThatHead(0);
  for (const entry of entries) {
    const problem = faultAfter(head, entry);
    if (problem !== null) return { ok: false, seq: entry.seq, problem };
    if (entry.seq === noted.seq && entry.hash !== noted.hash) return notThatHead(entry.seq);
    head = { seq: entry.seq, hash: entry.hash };
    passed?.(head);
  }
  if (head.seq >= noted.seq) return { ok: true, head };
  const problem = `the trail ends at entry ${head.seq}, before the head that was noted: its end was cut off`;
  return { ok: false, seq: head.seq + 1, problem };
}

function notThatHead(seq: number): ChainVerdict {
  return {
    ok: false,
    seq,
    problem: 'its hash is not the one that was noted: it, or an entry before it, was written anew',
  };
}
