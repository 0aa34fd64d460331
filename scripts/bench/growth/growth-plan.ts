/** What is measured of growth, and how much. */
export interface GrowthPlan {
  /** Connections, ascending. */
  readonly sizes: readonly number[];
  /** Frames a second of all connections together. */
  readonly rate: number;
  readonly ackIntervalMs: number;
  /** Of both subjects at once when there are more connections: the first time until code is compiled, then for what is new of them. */
  readonly warmUpS: { readonly first: number; readonly further: number };
  /** Before CPU time is taken: acks and points come as often as frames by then. */
  readonly warmS: number;
  readonly seconds: number;
  /** Paired blocks at the first and the last size, which are judged, and at those between: with none of them only memory is looked at. */
  readonly pairs: { readonly judged: number; readonly between: number };
  /** Blocks of the baseline, which is not judged, may be fewer; absent: in every pair. */
  readonly barePairs?: number;
  readonly latencyS: number;
  /** Blocks of latencies at the most, where the load is late. */
  readonly latencyAttempts: number;
  /** Before memory is looked at. Milliseconds. */
  readonly quietMs: number;
  /** Connections beside the others that ask for an ack of each frame, and the share of the frames that they send. */
  readonly probes: { readonly count: number; readonly share: number };
}

export const FULL: GrowthPlan = {
  sizes: [500, 1_000, 2_500, 5_000, 10_000],
  rate: 10_000,
  ...{
    ackIntervalMs: 2_000,
    warmUpS: { first: 8, further: 2 },
    warmS: 2.2,
    seconds: 4,
    pairs: { judged: 3, between: 1 },
  },
  ...{ latencyS: 5, latencyAttempts: 3, quietMs: 1_000, probes: { count: 100, share: 0.1 } },
};

/** Few connections, each step of them for the slope of memory, and short blocks. */
export const QUICK: GrowthPlan = {
  sizes: [100, 250, 400, 550],
  rate: 10_000,
  ...{ ackIntervalMs: 500, warmUpS: { first: 4, further: 0.4 }, warmS: 0.1, seconds: 0.4 },
  ...{ pairs: { judged: 3, between: 0 }, barePairs: 1 },
  ...{ latencyS: 0.4, latencyAttempts: 1, quietMs: 150, probes: { count: 20, share: 0.1 } },
};
