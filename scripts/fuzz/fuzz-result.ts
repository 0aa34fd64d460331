import type { Finding } from './fuzz-case.ts';

/** A finding of a run, once a kind, and the file that shows it again. */
export interface KeptFinding extends Finding {
  readonly index: number | null;
  readonly file: string;
  /** Whether the case alone shows it again, in a world of its own. */
  readonly again: boolean;
}

/** What became of one target. */
export interface TargetResult {
  readonly target: string;
  readonly frames: number;
  readonly bytes: number;
  readonly cases: number;
  readonly seconds: number;
  readonly accepted: number;
  /** Frames by why they were refused, and sessions by how they ended. */
  readonly refused: Readonly<Record<string, number>>;
  readonly slowest: { readonly ms: number; readonly bytes: number };
  /** Bytes in use: after warming up, and at the end. */
  readonly heap: { readonly start: number; readonly end: number };
  readonly findings: readonly KeptFinding[];
}

/** What became of a directory of recorded cases. */
export interface CasesResult {
  readonly directory: string;
  readonly kind: 'json' | 'cbor';
  readonly files: number;
  readonly mustAccept: number;
  readonly mustRefuse: number;
  readonly either: number;
  /** Of those that may be either. */
  readonly eitherAccepted: number;
  readonly findings: readonly { readonly file: string; readonly message: string }[];
}

export interface FuzzResult {
  readonly seed: number;
  readonly targets: readonly TargetResult[];
  readonly cases: readonly CasesResult[];
}

/** How many findings there are in all. */
export function findingsOf({ targets, cases }: FuzzResult): number {
  return [...targets, ...cases].reduce((sum, { findings }) => sum + findings.length, 0);
}
