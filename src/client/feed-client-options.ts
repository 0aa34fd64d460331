import type { Clock } from '../core/clock.ts';
import type { FeedCommand } from '../protocol/feed-commands.ts';
import type { ReconnectBackoff } from './reconnect.ts';

export interface FeedClientOptions {
  /** Base of the clinician listener, e.g. `https://vitalwire.example:8444`. */
  readonly url: string | URL;
  /** A bearer token, or what fetches one; the latter is asked at every connection, so that it can be a fresh one. */
  readonly token: string | (() => Promise<string>);
  /** What the server's certificate must chain to, PEM; the system's roots when absent. */
  readonly ca?: string | Buffer;
  /** Name the server's certificate must hold, where it is not the URL's host. */
  readonly serverName?: string;
  readonly clock?: Clock;
  readonly backoff?: ReconnectBackoff;
  /** A draw from [0, 1) for the jitter. */
  readonly random?: () => number;
  /** Silence after which the feed is taken for lost, in ms of the clock. Default 45,000: two heartbeats and a little. */
  readonly silenceMs?: number;
  /** How long a command may wait for its answer, in ms of the clock. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** Real milliseconds for TCP, TLS and upgrade together. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
}

export const FEED_CLIENT_DEFAULTS = {
  silenceMs: 45_000,
  requestTimeoutMs: 10_000,
  handshakeTimeoutMs: 10_000,
  /** A snapshot of a whole hospital is the largest message. */
  maxMessageBytes: 64 * 1024 * 1024,
} as const;

/** Whom to watch: named patients, a ward, or (neither) everyone in the clinician's scope. */
export interface FeedSelection {
  readonly patients?: readonly string[];
  readonly ward?: string;
  /** A cursor of an earlier run: every alarm event after it is replayed first. */
  readonly since?: string;
}

/** Whose alarms to put on the shelf, for how many minutes, and why. */
export type ShelfWish = Omit<Extract<FeedCommand, { type: 'shelve' }>, 'type' | 'id'>;
