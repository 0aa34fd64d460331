import type { FeedFrame } from '../protocol/feed-frames.ts';
import type { SocketEnd } from './socket.ts';

/** A frame of the feed, by its type. */
export type FeedFrameOf<Type extends FeedFrame['type']> = Extract<FeedFrame, { type: Type }>;

export interface FeedClosed extends SocketEnd {
  /** Milliseconds of the clock until the next attempt; null: the client has stopped for good. */
  readonly reconnectInMs: number | null;
}

/** Events of a FeedClient and what their listeners get. */
export interface FeedClientEvents {
  /** The socket stands; the subscription, if there is one, is being asked for. */
  connected: [];
  /** Where everything stands, as of its cursor; after a reconnect too. */
  snapshot: [FeedFrameOf<'snapshot'>];
  vitals: [FeedFrameOf<'vitals'>];
  waveform: [FeedFrameOf<'waveform'>];
  /** Each step in an alarm's life once, in order, over any number of connections. */
  alarm: [FeedFrameOf<'alarm'>];
  presence: [FeedFrameOf<'presence'>];
  /** Somebody broke the glass to see a patient outside their scope; with `ended`, no more. */
  access: [FeedFrameOf<'access'>];
  /** Alarms of a patient were put on the shelf; with `ended`, are on it no longer. */
  shelf: [FeedFrameOf<'shelf'>];
  /** A person entered what they observed or measured by hand. */
  observation: [FeedFrameOf<'observation'>];
  /** A patient's NEWS2 is another, or lacks something else. */
  news2: [FeedFrameOf<'news2'>];
  /** Whether the server records what it shows; a connection begins with all well. Not an alarm. */
  service: [FeedFrameOf<'service'>];
  /** To admins: no client has an alarm; with `over`, somebody has. Each once, in order, as alarm events. */
  unattended: [FeedFrameOf<'unattended'>];
  /** Alarm events between the cursor and `oldest` are no longer kept: the snapshot that follows tells where all stands. */
  gap: [FeedFrameOf<'gap'>];
  heartbeat: [FeedFrameOf<'heartbeat'>];
  closed: [FeedClosed];
  /** Something went wrong that the client deals with by itself. */
  trouble: [Error];
}

/** How the feed answered a command. */
export interface FeedAnswer {
  readonly ok: boolean;
  /** Of the table of error codes, when not ok. */
  readonly code: string | null;
  readonly message: string | null;
}
