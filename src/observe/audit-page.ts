import type { EpochMs } from '../core/clock.ts';
import type { SealedEntry } from './audit-chain.ts';
import type { AuditAction, AuditActor } from './audit-entry.ts';

/** Which entries are wanted; what is absent does not matter. */
export interface AuditQuery {
  /** From this time on. */
  readonly since?: EpochMs;
  /** Before this time. */
  readonly until?: EpochMs;
  readonly action?: AuditAction;
  readonly actorKind?: AuditActor['kind'];
  /** The actor's name, id or address. */
  readonly actor?: string;
  readonly subject?: string;
  /** The newest so many. */
  readonly limit: number;
}

/** Which entries are wanted, the newest first. */
export interface AuditPageQuery extends AuditQuery {
  /** Only entries with a lower number; null: from the newest on. */
  readonly before: number | null;
}

/** Newest first. */
export interface AuditPage {
  readonly entries: readonly SealedEntry[];
  /** Where the next page begins: its `before`. Null: no older entry is left to look at. */
  readonly next: number | null;
}

export interface AuditPages {
  /**
   * At most `limit` entries that fit. Of a long trail with few that fit there may be fewer, or none, with `next` set all
   * the same: how many entries are looked at for one page is bounded.
   * @throws CodedError `audit_unreadable`, `audit_closed`
   */
  page(query: AuditPageQuery, signal?: AbortSignal): Promise<AuditPage>;
}

/** Entries looked at in one go: the thread that reads them also writes, and is not to be held up. */
export const AUDIT_WINDOW = 5_000;
/** Goes of one page. */
const MAX_WINDOWS = 40;

/** Puts a page together from reads of one window each. */
export async function collectPage(
  query: AuditPageQuery,
  read: (query: AuditPageQuery) => Promise<AuditPage>,
  signal?: AbortSignal,
): Promise<AuditPage> {
  const entries: SealedEntry[] = [];
  let next = query.before;
  for (let windows = 0; windows < MAX_WINDOWS && !signal?.aborted; windows++) {
    const page = await read({ ...query, before: next, limit: query.limit - entries.length });
    entries.push(...page.entries);
    next = page.next;
    if (next === null || entries.length >= query.limit) break;
  }
  return { entries, next };
}
