import type { Clock, EpochMs, Scheduled } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { type AuditActor, type AuditEntry, actorName, auditText } from './audit-entry.ts';

/** One refusal. */
export interface Denial {
  /** The stable code of the refusal. */
  readonly code: string;
  /** The route (its pattern, never its path) or the listener. */
  readonly where: string;
  readonly who: AuditActor;
  /** What lies behind the code, from a small set: the reason of a refused handshake. */
  readonly reason?: string;
}

export interface DenialTallyOptions {
  readonly record: (entry: AuditEntry) => Promise<void>;
  readonly clock: Clock;
  /** Told when counts could not be recorded at the very end (`audit_denials_lost`). */
  readonly onError: (error: CodedError) => void;
  /** Kinds of denial counted apart within one period, of strangers, and as many of those we know. Default 100. */
  readonly maxKeys?: number;
  /** Default 60 s. */
  readonly periodMs?: number;
}

interface Counted {
  /** Null: those that no longer fitted. */
  readonly denial: Denial | null;
  count: number;
  readonly first: EpochMs;
  last: EpochMs;
}

const OTHERS = 'others';
const MAX_KEYS = 100;
const PERIOD_MS = 60_000;

/**
 * Refusals are made by whoever likes to: alike ones of one period become one entry with a count, and those of too many
 * kinds become one entry together. Strangers cannot push out the count of those we know. What cannot be recorded is
 * counted on.
 */
export class DenialTally implements AsyncDisposable {
  readonly #options: DenialTallyOptions;
  readonly #maxKeys: number;
  #counts = new Map<string, Counted>();
  #keys = { known: 0, strangers: 0 };
  #timer: Scheduled | null = null;
  #flushing: Promise<void> | null = null;

  constructor(options: DenialTallyOptions) {
    this.#options = options;
    this.#maxKeys = options.maxKeys ?? MAX_KEYS;
  }

  add(denial: Denial): void {
    const now = this.#options.clock.now();
    this.#count({ denial, count: 1, first: now, last: now });
    this.#arm();
  }

  /** Records what was counted; resolves when that is on disk, or counted on. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    await this.#flushing;
    this.#flushing = this.#recordAll();
    await this.#flushing;
    this.#flushing = null;
    if (this.#counts.size > 0) this.#arm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#timer?.cancel();
    const lost = [...this.#counts.values()].reduce((sum, { count }) => sum + count, 0);
    if (lost === 0) return;
    this.#options.onError(
      new CodedError('audit_denials_lost', `${lost} denials did not reach the audit trail; the log has them`),
    );
  }

  #arm(): void {
    this.#timer ??= this.#options.clock.after(this.#options.periodMs ?? PERIOD_MS, () => void this.flush());
  }

  #count(more: Counted): void {
    const key = keyOf(more.denial);
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.count += more.count;
      known.last = Math.max(known.last, more.last);
    } else if (more.denial === null || this.#hasRoom(more.denial)) {
      this.#counts.set(key, { ...more });
    } else {
      this.#count({ ...more, denial: null });
    }
  }

  #hasRoom({ who }: Denial): boolean {
    const kind = who.kind === 'stranger' ? 'strangers' : 'known';
    if (this.#keys[kind] >= this.#maxKeys) return false;
    this.#keys[kind] += 1;
    return true;
  }

  async #recordAll(): Promise<void> {
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    this.#keys = { known: 0, strangers: 0 };
    const outcomes = await Promise.allSettled(counts.map((one) => this.#options.record(entryOf(one))));
    // The trail has told why; unless it keeps the entry, the counts go into the next period.
    outcomes.forEach((outcome, i) => {
      const counted = counts[i];
      const lost = outcome.status === 'rejected' && codeOf(outcome.reason) !== 'audit_delayed';
      if (lost && counted !== undefined) this.#count(counted);
    });
  }
}

function keyOf(denial: Denial | null): string {
  if (denial === null) return OTHERS;
  const { code, where, who, reason } = denial;
  return JSON.stringify([code, where, who.kind, actorName(who), reason]);
}

function entryOf({ denial, count, first, last }: Counted): AuditEntry {
  const times = { count, first: new Date(first).toISOString(), last: new Date(last).toISOString() };
  if (denial === null) {
    const actor = { kind: 'stranger', address: OTHERS } as const;
    return { actor, action: 'denied', subject: OTHERS, details: { code: OTHERS, ...times } };
  }
  const { code, where, who, reason } = denial;
  const why = reason === undefined ? {} : { reason: auditText(reason) };
  return {
    actor: who,
    action: 'denied',
    subject: auditText(where),
    details: { code: auditText(code), ...why, ...times },
  };
}
