import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { type Clock, systemClock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { StreamId } from '../model/ids.ts';
import type { Sample } from '../model/sample.ts';
import { JSON_SUBPROTOCOL } from '../protocol/device-codec.ts';
import { MAX_SAMPLES_PER_FRAME, MAX_VALUES_PER_WAVEFORM } from '../protocol/limits.ts';
import { Conditions } from './conditions.ts';
import type { DeviceClientEvents, DeviceClientStats } from './device-client-events.ts';
import { DEVICE_CLIENT_DEFAULTS, type DeviceClientOptions } from './device-client-options.ts';
import { DeviceClientTally } from './device-client-tally.ts';
import { answerCommand } from './device-command-answer.ts';
import { DeviceConnection, type DeviceConnectionEvents } from './device-connection.ts';
import type { DeviceContent, StatusContent, WaveformContent } from './device-content.ts';
import { DeviceCredentials } from './device-credentials.ts';
import { Outbox } from './outbox.ts';
import { holdProcess } from './process-hold.ts';
import { DEFAULT_BACKOFF, ReconnectPolicy } from './reconnect.ts';
import { type Attempt, reconnectLoop } from './reconnect-loop.ts';
import { Refusal } from './refusal.ts';
import type { SocketEnd } from './socket.ts';

const newStream = (): StreamId => randomUUID() as StreamId;

/**
 * A wearable's end of the device protocol: mutual TLS, certificate-bound token, numbered frames kept until they are
 * acked, back with full jitter after an interruption, and everything unacked sent again in order.
 *
 * Frames may be given at any time, connected or not; what waits is bounded and drops its oldest. Time is the clock's,
 * except for the time-outs of TCP and TLS.
 */
export class DeviceClient extends EventEmitter<DeviceClientEvents> implements AsyncDisposable {
  readonly #options: DeviceClientOptions;
  readonly #clock: Clock;
  readonly #base: URL;
  readonly #credentials: DeviceCredentials;
  readonly #outbox: Outbox;
  readonly #conditions: Conditions;
  readonly #stop = new AbortController();
  readonly #handshakeTimeoutMs: number;
  #stream = newStream();
  #connection: DeviceConnection | null = null;
  #running: Promise<void> | null = null;
  /** Why nothing more can be sent; null while it can. */
  #stopped: CodedError | null = null;
  #connected = false;
  readonly #tally = new DeviceClientTally();
  #lastError: Error | null = null;

  /** @throws CodedError `certificate_unusable` when it is to be renewed and is no device certificate */
  constructor(options: DeviceClientOptions) {
    super();
    const defaults = DEVICE_CLIENT_DEFAULTS;
    this.#options = options;
    this.#clock = options.clock ?? systemClock();
    this.#base = new URL(options.url);
    this.#handshakeTimeoutMs = options.handshakeTimeoutMs ?? defaults.handshakeTimeoutMs;
    this.#credentials = new DeviceCredentials({
      first: { cert: options.cert, key: options.key },
      ca: options.ca,
      serverName: options.serverName,
      base: this.#base,
      clock: this.#clock,
      random: options.random ?? Math.random,
      handshakeTimeoutMs: this.#handshakeTimeoutMs,
      renewal: options.renewal ?? null,
      // The first use of the new one ends what stands on the former one, for good (4403).
      replaced: () => this.#connection?.close(1000, 'renewed'),
      renewed: (renewed) => {
        this.#tally.add('renewals');
        this.emit('renewed', renewed);
      },
      failed: (failure) => this.emit('renewalFailed', failure),
    });
    this.#outbox = new Outbox({
      backlog: {
        frames: options.bufferFrames ?? defaults.bufferFrames,
        bytes: options.bufferBytes ?? defaults.bufferBytes,
      },
      window: { frames: options.maxInFlight ?? defaults.maxInFlight, bytes: defaults.maxInFlightBytes },
    });
    this.#conditions = new Conditions(this.#clock);
  }

  /** Connects, and stays connected until `close` or a close that is final. Calling it twice is harmless. */
  start(): void {
    if (this.#running || this.#stopped) return;
    const random = this.#options.random ?? Math.random;
    const hold = holdProcess();
    this.#credentials.start();
    this.#running = reconnectLoop({
      clock: this.#clock,
      policy: new ReconnectPolicy(this.#options.backoff ?? DEFAULT_BACKOFF, random),
      signal: this.#stop.signal,
      connect: () => this.#connectOnce(random),
      ended: (end, delayMs) => this.#ended(end, delayMs),
    }).finally(() => hold[Symbol.dispose]());
  }

  /**
   * Queues moments, oldest first; sent at once when connected. More than a frame holds become several frames.
   * @throws CodedError `client_stopped`
   */
  sendVitals(samples: readonly Sample[]): void {
    for (let at = 0; at < samples.length; at += MAX_SAMPLES_PER_FRAME)
      this.#send({ type: 'vitals', samples: samples.slice(at, at + MAX_SAMPLES_PER_FRAME) });
  }

  /**
   * Queues a chunk of a trace; value i was measured at t + 1000 * i / rate_hz.
   * @throws CodedError `client_stopped`
   */
  sendWaveform(chunk: Omit<WaveformContent, 'type'>): void {
    for (let at = 0; at < chunk.values.length; at += MAX_VALUES_PER_WAVEFORM)
      this.#send({
        type: 'waveform',
        signal: chunk.signal,
        t: Math.round(chunk.t + (1000 * at) / chunk.rate_hz),
        rate_hz: chunk.rate_hz,
        values: Array.from(chunk.values).slice(at, at + MAX_VALUES_PER_WAVEFORM),
      });
  }

  /** Queues the state of the device itself. @throws CodedError `client_stopped` */
  sendStatus(status: Omit<StatusContent, 'type'>): void {
    this.#send({ ...status, type: 'status' });
  }

  /** Resolves when the backlog is less than half full: who produces faster than the network takes waits here. */
  room(): Promise<void> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    return this.#conditions.until(
      () => this.#outbox.backlogFullness < 0.5,
      null,
      () => new CodedError('no_room', 'the backlog stays full'),
    );
  }

  /**
   * Resolves when everything sent so far and since is acked.
   * @throws CodedError `drain_timeout` after `timeoutMs` of the clock; `client_stopped`
   */
  drain(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.#stopped && !this.#outbox.isEmpty) return Promise.reject(this.#stopped);
    return this.#conditions.until(
      () => this.#outbox.isEmpty,
      options.timeoutMs ?? null,
      () =>
        new CodedError(
          'drain_timeout',
          `${this.#outbox.inFlight + this.#outbox.waiting} frames are not acked after ${options.timeoutMs} ms`,
          { cause: this.#lastError ?? undefined },
        ),
    );
  }

  get stats(): DeviceClientStats {
    return this.#tally.stats(this.#outbox, { connected: this.#connected, lastError: this.#lastError });
  }

  /** Closes the connection and stops. What is not acked is given up: `drain` first to wait for it. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#stopWith(new CodedError('client_stopped', 'the client was closed'));
    this.#connection?.close(1000, 'done');
    this.#credentials[Symbol.dispose]();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #send(content: DeviceContent): void {
    if (this.#stopped) throw this.#stopped;
    const dropped = this.#outbox.add(content);
    if (dropped.frames > 0) {
      this.#tally.dropped(dropped);
      this.emit('dropped', dropped);
    }
    this.#connection?.pump();
  }

  async #connectOnce(random: () => number): Promise<Attempt> {
    const options = this.#options;
    const identity = this.#credentials.current;
    const isReplaced = (): boolean => this.#credentials.current !== identity;
    try {
      const token = await identity.tokens.current();
      if (this.#stop.signal.aborted || isReplaced())
        return { end: { code: 1000, reason: 'done', error: null }, stoodMs: 0, again: isReplaced() };
      this.#credentials.taken(identity);
      const connection = new DeviceConnection(
        {
          base: this.#base,
          agent: identity.agent,
          clock: this.#clock,
          random,
          subprotocol: options.subprotocol ?? JSON_SUBPROTOCOL,
          stream: this.#stream,
          firmware: options.firmware ?? null,
          ackIntervalMs: options.ackIntervalMs ?? DEVICE_CLIENT_DEFAULTS.ackIntervalMs,
          outbox: this.#outbox,
          token,
          renewToken: () => identity.tokens.renew(),
          maxBufferedBytes: DEVICE_CLIENT_DEFAULTS.maxBufferedBytes,
          handshakeTimeoutMs: this.#handshakeTimeoutMs,
        },
        this.#connectionEvents(),
      );
      this.#connection = connection;
      const end = await connection.ended;
      const stoodMs = connection.welcomedAt === null ? 0 : this.#clock.monotonic() - connection.welcomedAt;
      return { end, stoodMs, again: isReplaced() };
    } catch (error) {
      this.#credentials.refused(identity, error);
      const end = { code: 1006, reason: 'no token', error: error as Error };
      return { end, stoodMs: 0, again: isReplaced() };
    } finally {
      this.#connection = null;
      this.#connected = false;
    }
  }

  #connectionEvents(): DeviceConnectionEvents {
    const tally = this.#tally;
    return {
      welcomed: ({ session, ack }, resumed) => {
        this.#connected = true;
        tally.add('connects');
        if (resumed) tally.add('resumedSessions');
        this.emit('connected', { session, ack });
      },
      acked: (seq) => {
        const settled = this.#outbox.ackTo(seq);
        tally.acked(settled);
        if (settled.frames > 0) this.emit('acked', seq, settled);
      },
      settled: () => this.#conditions.check(),
      rejected: (frame) => {
        const indexes = frame.samples ?? null;
        const samples = this.#outbox.rejected(frame.seq, indexes);
        const { seq, code, message } = frame;
        tally.rejected(code, samples, indexes === null);
        this.emit('rejected', { seq, code, message, indexes, samples });
      },
      command: (frame) => {
        this.emit('command', frame);
        const connection = this.#connection;
        void answerCommand(frame, this.#options.commands ?? {}).then((result) => connection?.send(result));
      },
      sent: (again) => {
        tally.add(again ? 'resentFrames' : 'sentFrames');
      },
      trouble: (error) => this.#trouble(error),
    };
  }

  #ended(end: SocketEnd, delayMs: number | null): void {
    if (end.error) this.#trouble(end.error);
    if (end.code === 4401 || (end.error instanceof Refusal && end.error.status === 401))
      this.#credentials.current.tokens.forget();
    if (end.error instanceof CodedError && end.error.code === 'stream_lost') {
      this.#outbox.restart();
      this.#stream = newStream();
    }
    if (delayMs === null)
      this.#stopWith(
        new CodedError('client_stopped', `the connection ended for good: ${end.code} ${end.reason}`, {
          cause: end.error ?? undefined,
          details: { close_code: end.code },
        }),
      );
    this.emit('closed', { ...end, reconnectInMs: delayMs });
  }

  #stopWith(reason: CodedError): void {
    this.#credentials.stop();
    this.#stopped ??= reason;
    this.#conditions.fail(this.#stopped);
  }

  #trouble(error: Error): void {
    this.#lastError = error;
    this.emit('trouble', error);
  }
}
