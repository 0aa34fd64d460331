/** How waiting grows between attempts, in milliseconds. */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * "Full jitter" back-off: a uniform draw from [0, min(cap, base * 2^attempt)].
 * A fleet that lost its server comes back spread over the whole window instead of in waves.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param attempt 0 for the first retry.
 * @param random a draw from [0, 1); a parameter so that tests and seeded runs decide it.
 */
export function fullJitter(
  attempt: number,
  options: BackoffOptions,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt, 30));
  return random() * ceiling;
}
