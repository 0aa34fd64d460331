import type { EpochMs } from '../core/clock.ts';
import type { Tiers } from '../model/effective-limits.ts';
import { rank, type Tier } from '../model/limit.ts';
import type { LimitTrack } from './device-track.ts';

/** How a value stands to a tier. */
export interface TierTest<T extends Tier, Value> {
  isBeyond(tier: T, value: Value): boolean;
  /** Inside the mildest tier by its clear margin. */
  isInside(mildest: T, value: Value): boolean;
}

/** A tier whose breach has lasted its delay, and since when it is breached. */
export interface ReachedTier<T extends Tier> {
  readonly tier: T;
  readonly since: EpochMs;
}

/** `inside`: long enough to let go of what is held. `reached`: a tier's breach has lasted its delay, and is news. */
export type TierStep<T extends Tier> =
  | { readonly kind: 'inside' }
  | ({ readonly kind: 'reached' } & ReachedTier<T>);

/** Thresholds, margins and differences of decimals (35.0 + 0.2) must not fail by a rounding error of binary fractions. */
export const ROUNDING = 1e-9;

/** A track of which nothing is known yet. */
export function newLimitTrack(held: LimitTrack['held'] = null): LimitTrack {
  return { breachedSince: {}, insideSince: null, held };
}

/** The delays begin anew, at the next value that counts; what is held stays so. */
export function startAnew(track: LimitTrack): void {
  track.breachedSince = {};
  track.insideSince = null;
}

/** The most urgent of the tiers whose breach has lasted its own delay, by sample time (rule 2). */
function reachedTier<T extends Tier>(track: LimitTrack, tiers: Tiers<T>, t: EpochMs): ReachedTier<T> | null {
  for (let i = tiers.length - 1; i >= 0; i--) {
    const tier = tiers[i];
    if (!tier) continue;
    const since = track.breachedSince[tier.priority];
    if (since !== undefined && t - since >= tier.onset_delay_ms) return { tier, since };
  }
  return null;
}

/**
 * Takes one value at `t` through the tiers of one target (rule 2): each tier's delay counts from its own first breach, a
 * value back inside its threshold starts it anew. The caller sets `held`.
 * @param afterGap the distance to the value before was longer than the silence limit: delays start anew (rule 4)
 */
export function stepTiers<T extends Tier, Value>(
  track: LimitTrack,
  tiers: Tiers<T>,
  test: TierTest<T, Value>,
  value: Value,
  t: EpochMs,
  afterGap: boolean,
): TierStep<T> | null {
  for (const tier of tiers) {
    if (!test.isBeyond(tier, value)) {
      if (track.breachedSince[tier.priority] !== undefined) delete track.breachedSince[tier.priority];
    } else if (afterGap || track.breachedSince[tier.priority] === undefined)
      track.breachedSince[tier.priority] = t;
  }
  if (!test.isInside(tiers[0], value)) track.insideSince = null;
  else if (afterGap || track.insideSince === null) track.insideSince = t;

  if (track.held && track.insideSince !== null && t - track.insideSince >= tiers[0].clear_delay_ms)
    return { kind: 'inside' };
  const reached = reachedTier(track, tiers, t);
  if (!reached || (track.held && rank(track.held) >= rank(reached.tier.priority))) return null;
  return { kind: 'reached', ...reached };
}
