import type { Sample } from '../model/sample.ts';
import type { ServerToDeviceFrame } from '../protocol/device-frames.ts';
import type { RejectCode } from '../protocol/reject-codes.ts';
import type { Dropped } from './backlog.ts';
import type { RenewalFailure } from './certificate-renewal.ts';
import type { Settled } from './outbox.ts';
import type { SocketEnd } from './socket.ts';

/** What the server will never store, with the samples themselves. */
export interface Rejected {
  readonly seq: number;
  readonly code: RejectCode;
  readonly message: string;
  /** Places in the frame as it was sent; null: the whole frame. */
  readonly indexes: readonly number[] | null;
  /** The refused moments; empty when the frame held none. */
  readonly samples: readonly Sample[];
}

export interface Closed extends SocketEnd {
  /** Milliseconds of the clock until the next attempt; null: the client has stopped for good. */
  readonly reconnectInMs: number | null;
}

/** A certificate that took the place of the former one. */
export interface Renewed {
  /** Upper-case hex. */
  readonly serial: string;
  /** When it ends, in milliseconds since the epoch. */
  readonly until: number;
}

/** Events of a DeviceClient and what their listeners get. */
export interface DeviceClientEvents {
  /** Welcomed by the server; everything up to `ack` of the stream is on its disk. */
  connected: [{ readonly session: string; readonly ack: number }];
  /** Everything up to `seq` is on disk; what this ack newly settled. */
  acked: [seq: number, settled: Settled];
  rejected: [Rejected];
  /** The backlog was full: these were given up, oldest first. */
  dropped: [Dropped];
  /** A connection, or an attempt at one, ended. */
  closed: [Closed];
  /** The server has taken the renewed certificate; the former one has ended. */
  renewed: [Renewed];
  /** The present certificate goes on until it ends. */
  renewalFailed: [RenewalFailure];
  command: [Extract<ServerToDeviceFrame, { type: 'command' }>];
  /**
   * Something went wrong that the client deals with by itself; the last is in `stats.lastError` too. Not `error`:
   * an emitter throws that one when nobody listens, and `events.once` rejects on it.
   */
  trouble: [Error];
}

/** Counts since the client was made. */
export interface DeviceClientStats {
  readonly connected: boolean;
  /** Connections that reached their welcome. */
  readonly connects: number;
  /** Those after the first. */
  readonly reconnects: number;
  /** Frames put on a socket for the first time, and again. */
  readonly sentFrames: number;
  readonly resentFrames: number;
  readonly ackedSeq: number;
  readonly ackedFrames: number;
  /** Moments on the server's disk. */
  readonly ackedSamples: number;
  /** Frames not acked yet: on the way, or waiting to be sent. */
  readonly pendingFrames: number;
  readonly inFlightFrames: number;
  readonly droppedFrames: number;
  readonly droppedSamples: number;
  readonly rejectedFrames: number;
  readonly rejectedSamples: number;
  /** Refusals by their reason: samples, or whole frames that hold none. */
  readonly rejectedByCode: Readonly<Partial<Record<RejectCode, number>>>;
  /** Connections whose TLS session was resumed. */
  readonly resumedSessions: number;
  /** Certificates that took the place of the former one. */
  readonly renewals: number;
  readonly lastError: Error | null;
}
