import type { EpochMs } from '../core/clock.ts';
import { MAX_AHEAD_MS } from '../protocol/limits.ts';

/** Why a time of measurement is refused, or null: too far ahead of the server, or older than what is kept. */
export function timeFault(
  t: EpochMs,
  now: EpochMs,
  retentionMs: number,
): { readonly code: 'time_ahead' | 'time_expired'; readonly message: string } | null {
  if (t > now + MAX_AHEAD_MS)
    return { code: 'time_ahead', message: `t ${t} is more than 24 h ahead of the server's ${now}` };
  if (t < now - retentionMs)
    return {
      code: 'time_expired',
      message: `t ${t} is older than the retention of ${Math.round(retentionMs / 86_400_000)} days`,
    };
  return null;
}
