import { type ReadonlySignal, signal } from '@preact/signals';
import { fullJitter } from '../../core/backoff.ts';
import type { Signal as Trace } from '../../model/signal.ts';
import { reconnectAfter } from '../../protocol/close-codes.ts';
import type { FeedCommand } from '../../protocol/feed-commands.ts';
import type { FeedFrame } from '../../protocol/feed-frames.ts';
import { FeedPosition } from '../../protocol/feed-position.ts';
import { FeedRequests } from './feed-requests.ts';

const SUBPROTOCOL = 'vitalwire.feed.v1.json';
/** Two heartbeats (15 s apart) and a little: what is silent for longer is taken for lost. Milliseconds. */
const SILENCE_MS = 35_000;
/** A screen is blind to alarms until it is back: it comes back soon. Milliseconds. */
const BACKOFF = {
  with_jitter: { baseMs: 500, capMs: 5_000 },
  later: { baseMs: 2_000, capMs: 10_000 },
} as const;
/** A connection that stood this long shows that the trouble before it is over. */
const STEADY_MS = 10_000;

/** Times are of `Date.now()` here, in ms. `live`: everything shown is as of now. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'lost'; readonly since: number; readonly attempt: number }
  | { readonly kind: 'ended' };

export interface FeedConnectionOptions {
  readonly url: string;
  /** Frames in order; of alarm events each once, over any number of connections. */
  readonly onFrame: (frame: FeedFrame) => void;
  /** A connection begins. */
  readonly onConnected: () => void;
  /** The server does not want this page back, or does not let it in: somebody must find out why. */
  readonly onRefused: () => void;
  /** Where `online` is told when the machine has a network again: the window. */
  readonly network: EventTarget;
}

/**
 * The page's end of the feed (docs/protocol.md): comes back with full jitter after an interruption and takes up where it
 * was, so that no alarm event is missed while the server still keeps it.
 */
export class FeedConnection {
  readonly #options: FeedConnectionOptions;
  readonly #state = signal<ConnectionState>({ kind: 'connecting' });
  readonly #position = new FeedPosition(null);
  readonly #requests = new FeedRequests((command) => this.#send(command));
  /** Traces that somebody looks at, by patient: asked for again after a reconnect. */
  readonly #traces = new Map<string, readonly Trace[]>();
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
  #unconfirmed: string | null = null;

  constructor(options: FeedConnectionOptions) {
    this.#options = options;
  }

  get state(): ReadonlySignal<ConnectionState> {
    return this.#state;
  }

  /** Connects, and stays connected until `close`. */
  start(): void {
    this.#options.network.addEventListener('online', this.#hurry);
    this.#connect();
  }

  close(): void {
    this.#options.network.removeEventListener('online', this.#hurry);
    this.#state.value = { kind: 'ended' };
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#confirm();
    this.#socket?.close(1000);
    this.#socket = null;
    this.#requests.failAll();
  }

  /** Gives a command to the server. @throws Problem as `FeedRequests.ask` */
  ask(make: (id: string) => FeedCommand): Promise<void> {
    return this.#requests.ask(make);
  }

  /** Which live traces of a patient to send, now and after every reconnect; none: no more. @throws Problem */
  async waveforms(patient: string, signals: readonly Trace[]): Promise<void> {
    if (signals.length === 0) this.#traces.delete(patient);
    else this.#traces.set(patient, signals);
    if (this.#state.peek().kind === 'live') await this.#askWaveforms(patient, signals);
  }

  #askWaveforms(patient: string, signals: readonly Trace[]): Promise<void> {
    return this.ask((id) => ({ type: 'waveforms', id, patient, signals: [...signals] }));
  }

  readonly #hurry = (): void => {
    if (this.#state.peek().kind !== 'lost' || this.#socket !== null) return;
    clearTimeout(this.#retry);
    this.#connect();
  };

  #connect(): void {
    const socket = new WebSocket(this.#options.url, SUBPROTOCOL);
    this.#socket = socket;
    const mine = (): boolean => this.#socket === socket;
    let openedAt: number | null = null;
    socket.onopen = () => {
      if (!mine()) return;
      openedAt = Date.now();
      this.#heard();
      clearInterval(this.#watch);
      this.#watch = setInterval(() => this.#lookForSilence(), 1_000);
      this.#options.onConnected();
      this.#subscribe();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!mine() || typeof data !== 'string') return;
      this.#heard();
      this.#receive(JSON.parse(data) as FeedFrame);
    };
    socket.onclose = ({ code }) => {
      if (mine()) this.#lost(code, openedAt);
    };
  }

  #subscribe(): void {
    const since = this.#position.since;
    this.#position.reconnected();
    this.ask((id) => ({ type: 'subscribe', id, ...(since === null ? {} : { since }) })).catch(() =>
      // A feed without its subscription is silent, which must not look like a quiet ward.
      this.#socket?.close(1000),
    );
  }

  #receive(frame: FeedFrame): void {
    switch (frame.type) {
      case 'result':
        this.#requests.settle(frame);
        return;
      case 'alarm':
      case 'unattended':
        if (this.#position.event(frame)) this.#options.onFrame(frame);
        this.#received(frame.cursor);
        return;
      case 'snapshot':
        this.#position.snapshot(frame);
        this.#options.onFrame(frame);
        this.#received(frame.cursor);
        this.#live();
        return;
      case 'heartbeat':
        this.#position.heartbeat(frame);
        this.#options.onFrame(frame);
        return;
      default:
        this.#options.onFrame(frame);
    }
  }

  #live(): void {
    if (this.#state.peek().kind === 'live') return;
    this.#state.value = { kind: 'live' };
    for (const [patient, signals] of this.#traces)
      this.#askWaveforms(patient, signals).catch(() => {
        // The connection went again, or the patient is no longer in scope: the next snapshot says so.
      });
  }

  /** One confirmation for all that arrived together: a cursor stands for everything before it. */
  #received(cursor: string): void {
    if (this.#unconfirmed === null) queueMicrotask(() => this.#confirm());
    this.#unconfirmed = cursor;
  }

  #confirm(): void {
    const cursor = this.#unconfirmed;
    this.#unconfirmed = null;
    if (cursor !== null) this.#send({ type: 'received', cursor });
  }

  #send(command: FeedCommand): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  #heard(): void {
    this.#heardAt = Date.now();
  }

  #lookForSilence(): void {
    if (Date.now() - this.#heardAt <= SILENCE_MS) return;
    const silent = this.#socket;
    // A half-open connection may take minutes to close: it counts as gone now.
    this.#lost(4408, null);
    silent?.close();
  }

  #lost(code: number, openedAt: number | null): void {
    this.#socket = null;
    this.#unconfirmed = null;
    clearInterval(this.#watch);
    this.#requests.failAll();
    const before = this.#state.peek();
    if (before.kind === 'ended') return;
    if (openedAt !== null && Date.now() - openedAt >= STEADY_MS) this.#attempt = 0;
    const verdict = reconnectAfter(code);
    // A browser does not tell why an upgrade was refused: the session may be over.
    if (verdict === 'no' || code === 4401 || openedAt === null) this.#options.onRefused();
    const since = before.kind === 'lost' ? before.since : this.#heardAt || Date.now();
    this.#attempt += 1;
    this.#state.value = { kind: 'lost', since, attempt: this.#attempt };
    const backoff = BACKOFF[verdict === 'with_jitter' ? 'with_jitter' : 'later'];
    this.#retry = setTimeout(() => this.#connect(), fullJitter(this.#attempt - 1, backoff));
  }
}
