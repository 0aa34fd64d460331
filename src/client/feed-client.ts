import { EventEmitter } from 'node:events';
import type { Agent } from 'node:https';
import { WebSocket } from 'ws';
import { type Clock, systemClock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { Signal } from '../model/signal.ts';
import { FEED_SUBPROTOCOL, feedFrameReader } from '../protocol/feed-codec.ts';
import type { FeedCommand } from '../protocol/feed-commands.ts';
import type { FeedFrame } from '../protocol/feed-frames.ts';
import { FeedPosition } from '../protocol/feed-position.ts';
import {
  FEED_CLIENT_DEFAULTS,
  type FeedClientOptions,
  type FeedSelection,
  type ShelfWish,
} from './feed-client-options.ts';
import type { FeedAnswer, FeedClientEvents } from './feed-events.ts';
import { FeedReceipts } from './feed-receipts.ts';
import { relay } from './feed-relay.ts';
import { FeedRequests } from './feed-requests.ts';
import { notCarriedOut, type ObservationWish, subscribeFrame } from './feed-wishes.ts';
import { holdProcess } from './process-hold.ts';
import { FEED_BACKOFF, ReconnectPolicy } from './reconnect.ts';
import { type Attempt, reconnectLoop } from './reconnect-loop.ts';
import { Refusal } from './refusal.ts';
import { closeSocket, openSocket, type SocketEnd } from './socket.ts';
import { tlsAgent } from './tls-agent.ts';
import { Watchdog } from './watchdog.ts';

/**
 * A clinician's end of the feed. Comes back with full jitter after an interruption and takes up where it was: every
 * alarm event of the subscription reaches its listeners once and in order, over any number of connections, unless the
 * server no longer keeps it (`gap`). What has reached the listeners is confirmed to the server as received.
 */
export class FeedClient extends EventEmitter<FeedClientEvents> implements AsyncDisposable {
  readonly #options: FeedClientOptions;
  readonly #clock: Clock;
  readonly #url: URL;
  readonly #agent: Agent;
  readonly #requests: FeedRequests;
  readonly #read = feedFrameReader();
  readonly #stop = new AbortController();
  /** Traces asked for, by patient: asked for again after a reconnect. */
  readonly #waveforms = new Map<string, readonly Signal[]>();
  #socket: WebSocket | null = null;
  #running: Promise<void> | null = null;
  #selection: Omit<FeedSelection, 'since'> | null = null;
  #position = new FeedPosition(null);
  /** Why this side ended the connection; outweighs what the socket says. */
  #ownEnd: SocketEnd | null = null;
  readonly #receipts = new FeedReceipts((cursor) => this.#send({ type: 'received', cursor }));

  constructor(options: FeedClientOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    this.#url = new URL('/v1/feed', options.url);
    this.#url.protocol = 'wss:';
    this.#agent = tlsAgent(options);
    this.#requests = new FeedRequests(
      this.#clock,
      options.requestTimeoutMs ?? FEED_CLIENT_DEFAULTS.requestTimeoutMs,
    );
  }

  /** Connects, and stays connected until `close` or a close that is final. Calling it twice is harmless. */
  start(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    const hold = holdProcess();
    this.#running = reconnectLoop({
      clock: this.#clock,
      policy: new ReconnectPolicy(this.#options.backoff ?? FEED_BACKOFF, this.#options.random ?? Math.random),
      signal: this.#stop.signal,
      connect: () => this.#connectOnce(),
      ended: (end, delayMs) => this.#ended(end, delayMs),
    }).finally(() => hold[Symbol.dispose]());
  }

  /** The newest place in the alarm log that has been handed to the listeners; null: none yet. */
  get cursor(): string | null {
    return this.#position.since;
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * Says whom to watch, now and after every reconnect; replaces what was watched before. When the client is not
   * connected the subscription is asked for with the connection, and the answer given here is only that it is noted.
   * @throws CodedError with the feed's code when it is refused; `connection_lost`, `request_timeout`
   */
  async subscribe(selection: FeedSelection = {}): Promise<void> {
    const { since, ...watched } = selection;
    this.#selection = watched;
    this.#position = new FeedPosition(since ?? null);
    if (this.connected) await this.#requestSubscription();
    else this.start();
  }

  /** Ends the subscription; the socket stays open. */
  unsubscribe(): Promise<FeedAnswer> {
    this.#selection = null;
    return this.#ask((id) => ({ type: 'unsubscribe', id }));
  }

  /**
   * Tells the server that a person has seen the alarm.
   * @param alertedAt `alerted_at` of the alarm as they saw it: one that has alerted since, e.g. because it got worse, is
   *   refused with `alarm_changed`. A screen should always say it.
   * @throws CodedError `not_connected`, `connection_lost` (it is unknown whether it was done), `request_timeout`
   */
  acknowledge(alarm: string, alertedAt?: number): Promise<FeedAnswer> {
    const seen = alertedAt === undefined ? {} : { alerted_at: alertedAt };
    return this.#ask((id) => ({ type: 'acknowledge', id, alarm, ...seen }));
  }

  /** Puts alarms of one vital and direction of a patient on the shelf. @throws as `acknowledge` */
  shelve(shelf: ShelfWish): Promise<FeedAnswer> {
    return this.#ask((id) => ({ ...shelf, type: 'shelve', id }));
  }

  /** Ends a shelf before its time. @throws as `acknowledge` */
  unshelve(shelf: string): Promise<FeedAnswer> {
    return this.#ask((id) => ({ type: 'unshelve', id, shelf }));
  }

  /** Enters what a person observed or measured by hand; resolves when it is durable. @throws as `acknowledge` */
  observe(observation: ObservationWish): Promise<FeedAnswer> {
    return this.#ask((id) => ({ ...observation, type: 'observe', id }));
  }

  /** Which live traces of a patient to send, now and after every reconnect; none: no more. @throws as `acknowledge` */
  waveforms(patient: string, signals: readonly Signal[]): Promise<FeedAnswer> {
    if (signals.length === 0) this.#waveforms.delete(patient);
    else this.#waveforms.set(patient, signals);
    return this.#ask((id) => ({ type: 'waveforms', id, patient, signals: [...signals] }));
  }

  /** Puts a new token on the open socket. @throws as `acknowledge` */
  refresh(token: string): Promise<FeedAnswer> {
    return this.#ask((id) => ({ type: 'refresh', id, token }));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#ownEnd ??= { code: 1000, reason: 'done', error: null };
    this.#receipts.now();
    if (this.#socket) closeSocket(this.#socket, 1000, 'done');
    this.#agent.destroy();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #connectOnce(): Promise<Attempt> {
    this.#ownEnd = null;
    let openedAt: number | null = null;
    let watchdog: Watchdog | null = null;
    try {
      const { token } = this.#options;
      const bearer = typeof token === 'string' ? token : await token();
      if (this.#stop.signal.aborted) return { end: { code: 1000, reason: 'done', error: null }, stoodMs: 0 };
      const { socket, ended } = openSocket(
        {
          url: this.#url,
          subprotocol: FEED_SUBPROTOCOL,
          token: bearer,
          agent: this.#agent,
          maxMessageBytes: FEED_CLIENT_DEFAULTS.maxMessageBytes,
          handshakeTimeoutMs: this.#options.handshakeTimeoutMs ?? FEED_CLIENT_DEFAULTS.handshakeTimeoutMs,
        },
        {
          opened: () => {
            openedAt = this.#clock.monotonic();
            watchdog = new Watchdog(
              this.#clock,
              this.#options.silenceMs ?? FEED_CLIENT_DEFAULTS.silenceMs,
              () => this.#abort(new CodedError('heartbeat_lost', 'the feed fell silent')),
            );
            this.#opened();
          },
          message: (data) => this.#receive(data),
          alive: () => watchdog?.alive(),
        },
      );
      this.#socket = socket;
      const socketEnd = await ended;
      const end = this.#ownEnd ?? socketEnd;
      const refusedToken = end.code === 4401 || (end.error instanceof Refusal && end.error.status === 401);
      return {
        end,
        stoodMs: openedAt === null ? 0 : this.#clock.monotonic() - openedAt,
        final: refusedToken && typeof token === 'string',
      };
    } catch (error) {
      return { end: { code: 1006, reason: 'no token', error: error as Error }, stoodMs: 0 };
    } finally {
      this.#socket = null;
      (watchdog as Watchdog | null)?.[Symbol.dispose]();
    }
  }

  #opened(): void {
    this.emit('connected');
    if (this.#selection) this.#requestSubscription().catch((error: Error) => this.#notSubscribed(error));
    for (const [patient, signals] of this.#waveforms)
      this.#ask((id) => ({ type: 'waveforms', id, patient, signals: [...signals] })).catch((error: Error) =>
        this.emit('trouble', error),
      );
  }

  /** A feed without its subscription is silent, which must not look like a quiet ward: it ends, and is tried again. */
  #notSubscribed(error: Error): void {
    this.emit('trouble', error);
    if (codeOf(error) === 'connection_lost' || !this.#socket) return;
    this.#ownEnd ??= { code: 1013, reason: 'the subscription was refused', error };
    closeSocket(this.#socket, 1000, 'not subscribed');
  }

  async #requestSubscription(): Promise<void> {
    const subscribe = subscribeFrame(this.#selection, this.#position.since);
    this.#position.reconnected();
    const answer = await this.#ask((id) => ({ ...subscribe, id }));
    if (!answer.ok) throw notCarriedOut('subscribe', answer);
  }

  #receive(data: Buffer): void {
    const decoded = this.#read(data.toString('utf8'));
    if (!decoded.ok) {
      this.emit('trouble', new CodedError('unreadable_frame', `from the feed: ${decoded.problem}`));
      return;
    }
    this.#handle(decoded.frame);
  }

  #handle(frame: FeedFrame): void {
    switch (frame.type) {
      case 'result':
        this.#requests.settle(frame);
        break;
      case 'alarm':
        if (this.#position.event(frame)) this.emit('alarm', frame);
        this.#receipts.later(frame.cursor);
        break;
      case 'unattended':
        if (this.#position.event(frame)) this.emit('unattended', frame);
        this.#receipts.later(frame.cursor);
        break;
      case 'snapshot':
        this.#position.snapshot(frame);
        this.emit('snapshot', frame);
        this.#receipts.later(frame.cursor);
        break;
      case 'heartbeat':
        this.#position.heartbeat(frame);
        this.emit('heartbeat', frame);
        break;
      default:
        relay(this, frame);
    }
  }

  #ask(make: (id: string) => FeedCommand): Promise<FeedAnswer> {
    if (!this.connected)
      return Promise.reject(
        new CodedError('not_connected', 'the feed is not connected: try again when it is'),
      );
    return this.#requests.ask((id) => this.#send(make(id)));
  }

  #send(frame: FeedCommand): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #abort(error: CodedError): void {
    this.#ownEnd ??= { code: 4408, reason: error.message, error };
    this.#socket?.terminate();
  }

  #ended(end: SocketEnd, delayMs: number | null): void {
    this.#receipts.forget();
    if (end.error) this.emit('trouble', end.error);
    this.#requests.fail(
      new CodedError('connection_lost', `the feed closed (${end.code} ${end.reason}) before it answered`, {
        cause: end.error ?? undefined,
      }),
    );
    this.emit('closed', { ...end, reconnectInMs: delayMs });
  }
}
