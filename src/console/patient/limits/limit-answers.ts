import type { Priority } from '../../../model/limit.ts';

/** A tier as REST sends and takes it: without what its target says. */
export interface AnsweredTier {
  readonly priority: Priority;
  readonly onset_delay_ms: number;
  readonly clear_delay_ms: number;
  readonly clear_margin?: number;
  /** Of `VITAL:low` and `VITAL:high`. */
  readonly threshold?: number;
  /** Of `VITAL:falling` and `VITAL:rising`, with its window. */
  readonly change?: number;
  readonly window_ms?: number;
  /** Of `combination:NAME`. */
  readonly conditions?: readonly {
    readonly vital: string;
    readonly direction: 'low' | 'high';
    readonly threshold: number;
    readonly clear_margin: number;
  }[];
}

export type LimitSource = 'built_in' | 'default' | 'ward' | 'patient';

/** One target of `GET /v1/patients/{id}/limits`. */
export interface AnsweredLimit {
  readonly target: string;
  readonly from: LimitSource;
  /** None: switched off. */
  readonly tiers: readonly AnsweredTier[];
  readonly changed_by: string | null;
  /** Epoch ms. */
  readonly changed_at: number | null;
  readonly reason: string | null;
}

export interface AnsweredTally {
  readonly raised: number;
  readonly by_priority: Readonly<Record<Priority, number>>;
  /** From onset to end, in seconds. */
  readonly median_s: number | null;
  readonly longest_s: number | null;
}

type Both<Of> = { readonly today: Of; readonly proposed: Of };

/** What `POST /v1/patients/{id}/limits/backtest` answers, as far as it is shown. */
export interface AnsweredBacktest extends Both<AnsweredTally> {
  readonly from: number;
  readonly to: number;
  readonly moments: number;
  readonly monitored_s: number;
  readonly only: Both<{ readonly count: number }>;
  readonly episodes: readonly {
    readonly vital: string;
    readonly direction: 'low' | 'high';
    readonly beyond: number;
    readonly longer_than_s: number;
    readonly found: number;
    readonly missed: Both<number>;
  }[];
}
