/** What is measured of handshakes, and how much. */
export interface HandshakePlan {
  /** Connections of a block. */
  readonly connections: number;
  /** Blocks of full handshakes, each beside one of resumed ones. */
  readonly pairs: number;
  /** Pairs before those: the code of a handshake is run a thousand times before it is compiled. */
  readonly warmPairs: number;
  /** The baseline's, which are not judged, may be fewer; absent: as many. */
  readonly barePairs?: number;
  /** Devices that are dropped at once and come back at once; 0: there is no storm. */
  readonly storm: number;
  /** Devices that stay connected meanwhile, and the frames a second that they send together. */
  readonly staying: { readonly count: number; readonly rate: number; readonly beforeS: number };
}

export const FULL: HandshakePlan = {
  ...{ connections: 500, pairs: 6, warmPairs: 1, storm: 5_000 },
  staying: { count: 300, rate: 2_000, beforeS: 5 },
};

/** No storms and no baseline: no target is judged by them. */
export const QUICK: HandshakePlan = {
  ...{ connections: 160, pairs: 4, warmPairs: 1, barePairs: 0, storm: 0 },
  staying: { count: 0, rate: 0, beforeS: 0 },
};
