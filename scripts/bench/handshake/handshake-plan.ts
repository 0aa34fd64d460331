/** What is measured of handshakes, and how much. */
export interface HandshakePlan {
  /** Connections of a block. */
  readonly connections: number;
  /** Blocks of full handshakes, each beside one of resumed ones. */
  readonly pairs: number;
  /** The baseline's, which are not judged, may be fewer; absent: as many. */
  readonly barePairs?: number;
  /** Devices that are dropped at once and come back at once. */
  readonly storm: number;
  /** Devices that stay connected meanwhile, and the frames a second that they send together. */
  readonly staying: { readonly count: number; readonly rate: number; readonly beforeS: number };
}

export const FULL: HandshakePlan = {
  ...{ connections: 500, pairs: 6, storm: 5_000 },
  staying: { count: 300, rate: 2_000, beforeS: 5 },
};

export const QUICK: HandshakePlan = {
  ...{ connections: 80, pairs: 3, barePairs: 1, storm: 150 },
  staying: { count: 30, rate: 500, beforeS: 0.5 },
};
