/** What is measured of growth, and how much. */
export interface GrowthPlan {
  /** Connections, ascending. */
  readonly sizes: readonly number[];
  /** Frames a second of all connections together. */
  readonly rate: number;
  readonly ackIntervalMs: number;
  /** Before CPU time is taken: acks and points come as often as frames by then. */
  readonly warmS: number;
  readonly seconds: number;
  /** Paired blocks at the first and the last size, which are judged, and at those between. */
  readonly pairs: { readonly judged: number; readonly between: number };
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
  ...{ ackIntervalMs: 2_000, warmS: 2.2, seconds: 4, pairs: { judged: 3, between: 1 } },
  ...{ latencyS: 5, latencyAttempts: 3, quietMs: 1_000, probes: { count: 100, share: 0.1 } },
};

/** Shows that it runs. */
export const QUICK: GrowthPlan = {
  sizes: [200, 1_000],
  rate: 5_000,
  ...{ ackIntervalMs: 500, warmS: 0.6, seconds: 0.6, pairs: { judged: 1, between: 1 } },
  ...{ latencyS: 0.8, latencyAttempts: 1, quietMs: 400, probes: { count: 20, share: 0.1 } },
};
