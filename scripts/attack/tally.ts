import type { HttpAnswer } from './wire/http-exchange.ts';

/**
 * accepted: it came in. refused: it was turned away for what it is. crashed: the server failed, ended, or hung.
 * not_sent: it never reached the check it was meant for, so that it says nothing.
 */
export type Outcome = 'accepted' | 'refused' | 'crashed' | 'not_sent';

export interface Counts {
  readonly tried: number;
  readonly accepted: number;
  readonly crashed: number;
  readonly not_sent: number;
}

export interface ClassCounts extends Counts {
  /** Why the server's log says they were refused: of some of them, where they are many. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** An attempt that went as none may, for whoever has to find out why. */
export interface Finding {
  readonly class: string;
  readonly variant: string;
  readonly door: string;
  readonly outcome: Outcome;
  readonly detail: string;
}

const KEPT_FINDINGS = 50;

/** What one door answered. */
export interface DoorJudgement extends Judgement {
  readonly door: string;
}

/** Counts good ones: each has to be let in at every door. */
export class ControlTally {
  tried = 0;
  accepted = 0;
  readonly findings: Finding[] = [];

  add(variant: string, doors: readonly DoorJudgement[]): void {
    this.tried += 1;
    const refused = doors.filter(({ outcome }) => outcome !== 'accepted');
    if (refused.length === 0) this.accepted += 1;
    for (const door of refused) {
      if (this.findings.length < KEPT_FINDINGS) this.findings.push({ class: 'control', variant, ...door });
    }
  }
}

/** Counts outcomes by class. */
export class Tally {
  readonly #classes = new Map<
    string,
    { tried: number; accepted: number; crashed: number; not_sent: number }
  >();
  readonly findings: Finding[] = [];

  /** Counts one attempt, by the worst of what its doors answered. */
  add(name: string, variant: string, doors: readonly DoorJudgement[]): void {
    const counts = this.#classes.get(name) ?? { tried: 0, accepted: 0, crashed: 0, not_sent: 0 };
    this.#classes.set(name, counts);
    counts.tried += 1;
    const worst = WORST.find((outcome) => doors.some((door) => door.outcome === outcome)) ?? 'not_sent';
    if (worst !== 'refused') counts[worst] += 1;
    for (const { door, outcome, detail } of doors) {
      if (outcome !== 'refused' && this.findings.length < KEPT_FINDINGS) {
        this.findings.push({ class: name, variant, door, outcome, detail });
      }
    }
  }

  /** By class, in the order they came; `reasonsOf` says why those of a class were refused. */
  classes(
    reasonsOf: (name: string) => Readonly<Record<string, number>>,
  ): Readonly<Record<string, ClassCounts>> {
    return Object.fromEntries(
      [...this.#classes]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, counts]) => [name, { ...counts, reasons: reasonsOf(name) }]),
    );
  }

  total(): Counts {
    const sum = { tried: 0, accepted: 0, crashed: 0, not_sent: 0 };
    for (const counts of this.#classes.values()) {
      sum.tried += counts.tried;
      sum.accepted += counts.accepted;
      sum.crashed += counts.crashed;
      sum.not_sent += counts.not_sent;
    }
    return sum;
  }
}

const WORST: readonly Outcome[] = ['accepted', 'crashed', 'not_sent', 'refused'];

export interface Judgement {
  readonly outcome: Outcome;
  readonly detail: string;
}

/** Connections that failed on this side: nothing was tried. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'EADDRNOTAVAIL', 'EMFILE', 'destroyed']);

/**
 * Judges an answer by what a refusal may look like: `refusals` are the statuses that say no. Whatever is neither a
 * refusal nor the server's failure counts as let in.
 */
export function judged(
  answer: HttpAnswer | null,
  ended: string | null,
  refusals: ReadonlySet<number>,
): Judgement {
  if (answer === null) {
    const detail = ended ?? 'no answer';
    if (detail === 'timeout') return { outcome: 'crashed', detail };
    return { outcome: NEVER_SENT.has(detail) ? 'not_sent' : 'refused', detail };
  }
  const detail = `${answer.status} ${answer.code}`.trim();
  // Held off for asking too often: what was shown was not what was judged.
  if (answer.status === 429 || answer.status === 503) return { outcome: 'not_sent', detail };
  if (answer.status >= 500) return { outcome: 'crashed', detail };
  return { outcome: refusals.has(answer.status) ? 'refused' : 'accepted', detail };
}
