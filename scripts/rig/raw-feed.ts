import { WebSocket } from 'ws';
import { CodedError } from '../../src/core/coded-error.ts';
import { FEED_SUBPROTOCOL } from '../../src/protocol/feed-codec.ts';
import type { FeedCommand } from '../../src/protocol/feed-commands.ts';

export interface RawFeedOptions {
  /** Base of the clinician listener. */
  readonly url: string;
  readonly token: string;
  readonly ca: Buffer;
  /** Every message as it came, with nothing left out or mended. */
  readonly onMessage: (text: string) => void;
  readonly onClose?: (code: number) => void;
}

const OPEN_WITHIN_MS = 20_000;

/** A clinician's socket and nothing else: it shows what the server sends, where a FeedClient would tidy it up. */
export class RawFeed implements Disposable {
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** @throws CodedError `feed_not_open` */
  static async open({ url, token, ca, onMessage, onClose }: RawFeedOptions): Promise<RawFeed> {
    const target = new URL('/v1/feed', url);
    target.protocol = 'wss:';
    const socket = new WebSocket(target, FEED_SUBPROTOCOL, {
      ...{ ca, perMessageDeflate: false, handshakeTimeout: OPEN_WITHIN_MS, maxPayload: 64 * 1024 * 1024 },
      headers: { authorization: `Bearer ${token}` },
    });
    socket.on('message', (data: Buffer) => onMessage(data.toString('utf8')));
    socket.on('close', (code) => onClose?.(code));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.on('error', (cause) =>
        reject(new CodedError('feed_not_open', `the feed could not be opened: ${cause.message}`, { cause })),
      );
    });
    return new RawFeed(socket);
  }

  send(command: FeedCommand): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  /** Stops to read: what the server sends stays in the network until its own bounds are reached. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
