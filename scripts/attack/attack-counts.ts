import type { Seeded } from './seeded.ts';
import type { ClassCounts, Counts, Finding } from './tally.ts';

/** What an attack on one kind of credential came to. */
export interface AttackCounts extends Counts {
  readonly classes: Readonly<Record<string, ClassCounts>>;
  readonly controls: { readonly tried: number; readonly accepted: number };
  readonly findings: readonly Finding[];
}

export interface AttackSize {
  readonly attempts: number;
  readonly controls: number;
  readonly random: Seeded;
  /** Told what each attempt is before any is made. */
  readonly planned: (attempt: string) => void;
  readonly progress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}
