import { type BackoffOptions, fullJitter } from '../core/backoff.ts';
import type { Pause } from './store-answers.ts';
import { StoreError } from './telemetry-store.ts';

/** How long to leave a store alone that failed; in milliseconds. */
export interface RetryOptions {
  /** Between attempts after a failure that passes. Default 200 ms, growing to 10 s. */
  readonly retry?: BackoffOptions;
  /** A store that asks for longer gets that, up to this. Default 60 s. */
  readonly retryAfterCapMs?: number;
  /** The longest between attempts while denied. Default 30 s. */
  readonly deniedRetryMs?: number;
}

/** A store that took one write is not asked at once for all the others again. */
const LEAST_MS = 100;

/** How long to wait after so many failures in a row (0 for the first), the last of them this one. */
export function retryPause(failures: number, error: unknown, options: RetryOptions): Pause {
  const { retry = { baseMs: 200, capMs: 10_000 }, retryAfterCapMs = 60_000 } = options;
  const told = error instanceof StoreError ? Number(error.details.retry_after_s ?? 0) * 1_000 : 0;
  const asked = Math.min(told, retryAfterCapMs);
  const mostMs = Math.max(fullJitter(failures, retry), asked);
  return { leastMs: Math.min(mostMs, Math.max(asked, LEAST_MS)), mostMs };
}

/** Whoever mends the credentials looks whether it helped, and a denial may be that of a proxy which restarts. */
const FIRST_DENIED_MS = 1_000;

/** How long to wait after so many failures in a row (0 for the first), the last of them a denial. */
export function deniedPause(failures: number, { deniedRetryMs = 30_000 }: RetryOptions): number {
  return Math.min(deniedRetryMs, FIRST_DENIED_MS * 2 ** failures);
}
