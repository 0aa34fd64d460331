/** What is measured of growth, and how much. */
export interface GrowthPlan {
  /** Connections, ascending. */
  readonly sizes: readonly number[];
  /** Frames a second of all connections together. */
  readonly rate: number;
  readonly ackIntervalMs: number;
  /**
   * What devices ask for at the first size so that an ack stands for as many frames there as at the last one: fewer
   * connections send more frames each, and at one interval would be answered more seldom.
   */
  readonly equalAckIntervalMs: number;
  /** Of both subjects at once when there are more connections: the first time until code is compiled, then for what is new of them. */
  readonly warmUpS: { readonly first: number; readonly further: number };
  /** Before CPU time is taken: acks and points come as often as frames by then. */
  readonly warmS: number;
  readonly seconds: number;
  /** Paired blocks at the first and the last size, which are judged, and at those between: with none of them only memory is looked at. */
  readonly pairs: { readonly judged: number; readonly between: number };
  /** Blocks at the first size with the interval of acks of all others, beside those that are judged. */
  readonly besidePairs: number;
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
    equalAckIntervalMs: 50,
    warmUpS: { first: 8, further: 2 },
    warmS: 2.2,
    seconds: 4,
    pairs: { judged: 4, between: 1 },
    besidePairs: 2,
  },
  ...{ latencyS: 5, latencyAttempts: 3, quietMs: 1_000, probes: { count: 100, share: 0.1 } },
};

/** Fewer connections, in steps that are large beside what a heap is larger by chance, and short blocks; no latencies, and of the baseline memory alone. */
export const QUICK: GrowthPlan = {
  sizes: [200, 600, 1_000],
  rate: 10_000,
  ...{ ackIntervalMs: 300, equalAckIntervalMs: 50 },
  ...{ warmUpS: { first: 2.5, further: 0.6 }, warmS: 0.5, seconds: 0.6 },
  ...{ pairs: { judged: 3, between: 0 }, besidePairs: 0, barePairs: 0 },
  ...{ latencyS: 0, latencyAttempts: 0, quietMs: 150, probes: { count: 0, share: 0 } },
};
