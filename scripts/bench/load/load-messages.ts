import type { BackoffOptions } from '../../../src/core/backoff.ts';
import type { LatencySummary } from './latency-histogram.ts';
import type { Offered } from './open-loop.ts';
import type { WaveformEncoding } from './waveform-dialect.ts';

/** How a load process speaks, by name: what a function can't be sent to another process as. */
export type DialectName =
  | {
      readonly name: 'product';
      readonly ackIntervalMs: number;
      /** Moments a frame; default 1. */
      readonly samples?: number;
    }
  | {
      readonly name: 'waveforms';
      readonly encoding: WaveformEncoding;
      readonly ackIntervalMs: number;
    }
  | { readonly name: 'bare_websocket' }
  | { readonly name: 'raw_tls' }
  | { readonly name: 'mqtt' };

/** What a load process is told to do. */
export interface LoadCalls {
  /** Opens further connections, of the peers in a file of JSON lines. */
  connect(request: ConnectRequest): Promise<Connected>;
  /** Sends frames from all connections in turn. */
  run(request: { readonly rate: number; readonly seconds: number }): Promise<LoadRun>;
  /** Resolves when every frame sent is acked, or when the time is over. */
  drain(request: { readonly withinMs: number }): Promise<LoadCounts>;
  counts(request: null): LoadCounts;
  /**
   * From when each frame of the last run was due until its ack came, by now. Asked for when all is acked: the end of a run
   * leaves out whatever waits just then, which is what waits longest.
   */
  latency(request: null): LatencySummary;
  /** Of all connections that are open. */
  wire(request: null): WireBytes;
  /** Closes all connections without a word, as a network that is gone. */
  drop(request: null): void;
}

export interface ConnectRequest {
  readonly port: number;
  readonly ca: string;
  readonly peers: string;
  /** Which of the file's lines: from, and how many. */
  readonly first: number;
  readonly count: number;
  readonly dialect: DialectName;
  /** Handshakes under way at once. */
  readonly atOnce: number;
  /** Whether TLS sessions of connections dropped before are resumed. */
  readonly resume: boolean;
  /** Each comes, and comes again when it is turned away, as a wearable does: after a pause by chance. Absent: at once, and none may be turned away. */
  readonly backoff?: BackoffOptions;
}

export interface Connected {
  readonly connections: number;
  readonly resumed: number;
  /** How often any was turned away. */
  readonly turnedAway: number;
  readonly seconds: number;
  /** From when each first came until frames could be sent: a further attempt is part of it. */
  readonly took: LatencySummary;
}

/** Bytes of the TCP streams since they began: TLS records and handshakes with them, headers of TCP and IP without. */
export interface WireBytes {
  readonly written: number;
  readonly read: number;
}

export interface LoadCounts {
  readonly sent: number;
  readonly acked: number;
  /** Acks that came, of however many frames each. */
  readonly acks: number;
  /** What ended connections, if anything did. */
  readonly troubles: readonly string[];
}

export interface LoadRun extends LoadCounts {
  readonly offered: Offered;
  /** From when each frame was due until its ack came; of frames whose ack came while it ran: `latency` has the rest. */
  readonly latency: LatencySummary;
}
