const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Points that a chart is asked for at the most: about one a pixel. */
export const MAX_POINTS = 1_000;

/** Bucket lengths that a reader can name, each dividing a day. */
const STEPS: readonly { readonly ms: number; readonly text: string }[] = [
  { ms: SECOND_MS, text: '1s' },
  { ms: 2 * SECOND_MS, text: '2s' },
  { ms: 5 * SECOND_MS, text: '5s' },
  { ms: 10 * SECOND_MS, text: '10s' },
  { ms: 15 * SECOND_MS, text: '15s' },
  { ms: 30 * SECOND_MS, text: '30s' },
  { ms: MINUTE_MS, text: '1m' },
  { ms: 2 * MINUTE_MS, text: '2m' },
  { ms: 5 * MINUTE_MS, text: '5m' },
  { ms: 10 * MINUTE_MS, text: '10m' },
  { ms: 15 * MINUTE_MS, text: '15m' },
];
const COARSEST = { ms: 60 * MINUTE_MS, text: '1h' } as const;

/** How long a bucket is: in ms, and as the server is asked for it. */
export interface Resolution {
  readonly ms: number;
  readonly text: string;
}

/** The finest resolution at which a stretch of so many ms has at most `MAX_POINTS` buckets. */
export function resolutionFor(spanMs: number): Resolution {
  return STEPS.find(({ ms }) => spanMs / ms <= MAX_POINTS) ?? COARSEST;
}
