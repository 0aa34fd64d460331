import type { LatencySummary } from '../load/latency-histogram.ts';

/** Both ends of a relay in one process: wearables that breach, or whoever publishes, and clinicians. */
export interface RelayCalls {
  devices(request: DevicesRequest): Promise<null>;
  clinicians(request: CliniciansRequest): Promise<null>;
  /** Sends one frame; gives what the first clinician is relayed. */
  sample(request: null): Promise<readonly string[]>;
  run(request: RelayRequest): Promise<RelayRun>;
}

interface ConnectRequest {
  readonly port: number;
  /** Path of the root that the server's certificate chains to. */
  readonly ca: string;
  /** Path of a file of peers, and which of its lines: from, and how many. */
  readonly peers: string;
  readonly first: number;
  readonly count: number;
}

export interface DevicesRequest extends ConnectRequest {
  /** `breaches`: to the product. `publishes`: to a baseline, the same frames or `texts` each time. */
  readonly speaks:
    | { readonly kind: 'breaches' }
    | { readonly kind: 'publishes'; readonly texts: readonly string[] | null };
}

export interface CliniciansRequest extends ConnectRequest {
  readonly ward: string;
}

export interface RelayRequest {
  /** Frames sent a second, of all devices together. */
  readonly rate: number;
  readonly frames: number;
  /** Of the times between them, which are random (a Poisson process). */
  readonly seed: number;
  /** What each clinician is relayed of a frame. */
  readonly messagesEach: number;
  /** Whether what is relayed of a frame tells which one it was. */
  readonly timed: boolean;
}

export interface RelayRun {
  readonly sent: number;
  /** Messages that clinicians were relayed. */
  readonly heard: number;
  /** Frames of which the first clinician heard nothing; 0 where they are not timed. */
  readonly missing: number;
  /** From when each frame was due until the first clinician had what came of it. */
  readonly latency: LatencySummary;
  /** How much later than planned frames went out. */
  readonly late: LatencySummary;
}
