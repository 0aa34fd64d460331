import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { Conversation, Dialect, Heard, Peer } from './dialect.ts';
import { maskedFrame, OPCODE } from './masked-frame.ts';
import { ServerFrames } from './server-frames.ts';

export interface LoadTarget {
  readonly port: number;
  /** The root that the server's certificate chains to, PEM. */
  readonly ca: string;
  /** The address that it connects from, of 127.0.0.0/8: one has some 28,000 ports. */
  readonly from: string;
}

export interface LoadConnectionOptions {
  readonly target: LoadTarget;
  readonly peer: Peer;
  readonly dialect: Dialect;
  /** TLS session of an earlier connection, to be resumed. */
  readonly session?: Buffer;
  /** Frames up to `seq` are acked (or only that one); `sentAt` says when each was meant to be sent. */
  readonly onAcked: (connection: LoadConnection, heard: Extract<Heard, { seq: number }>) => void;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const READY_WITHIN_MS = 60_000;
/** RFC 6455 section 1.3: the example's key. What it guards against, no server here does. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/**
 * A wearable's socket with as little between it and the wire as Node allows: frames are written as bytes made elsewhere,
 * and what comes is looked at for acks only. The product's own client would cost the generator several times as much.
 */
export class LoadConnection implements Disposable {
  /** Frames sent; the next one has this number and one more. */
  sent = 0;
  /** Highest number acked, where acks are cumulative; else how many are. */
  acked = 0;
  /** The newest ticket that the server gave, and whether this connection resumed one. */
  session: Buffer | null = null;
  readonly #socket: TLSSocket;
  /** Below TLS: what it counts is what goes over the network. */
  readonly #tcp: Socket;
  readonly #conversation: Conversation;
  readonly #options: LoadConnectionOptions;
  readonly #ready = Promise.withResolvers<void>();
  #trouble: CodedError | null = null;
  #isEnding = false;

  private constructor(socket: TLSSocket, tcp: Socket, options: LoadConnectionOptions) {
    this.#socket = socket;
    this.#tcp = tcp;
    this.#options = options;
    this.#conversation = options.dialect.begin(options.peer);
    socket.setNoDelay(true);
    socket.on('session', (session: Buffer) => {
      this.session = session;
    });
    const failed = (cause: Error): void =>
      this.#fail(`connection of ${options.peer.device}: ${cause.message}`);
    socket.on('error', failed);
    tcp.on('error', failed);
    socket.on('close', () => this.#fail(`the server closed the connection of ${options.peer.device}`));
  }

  /** Resolves when frames may be sent. @throws CodedError `load_refused` */
  static async open(options: LoadConnectionOptions): Promise<LoadConnection> {
    const { target, peer, dialect, session } = options;
    const tcp = connectTcp({ host: '127.0.0.1', port: target.port, localAddress: target.from });
    const socket = connect({
      ...{ socket: tcp, servername: 'localhost', ALPNProtocols: ['http/1.1'] },
      ...{ ca: target.ca, cert: peer.cert, key: peer.key },
      ...(session === undefined ? {} : { session }),
    });
    const connection = new LoadConnection(socket, tcp, options);
    const timer = setTimeout(
      () => connection.#fail(`${peer.device} was not let in in time`),
      READY_WITHIN_MS,
    );
    try {
      await Promise.race([once(socket, 'secureConnect'), connection.#ready.promise]);
      await connection.#begin(dialect, peer);
      await connection.#ready.promise;
      return connection;
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  get trouble(): CodedError | null {
    return this.#trouble;
  }

  get isResumed(): boolean {
    return this.#socket.isSessionReused();
  }

  /** Sends the next frame, of the moment `t`; gives its number. */
  send(t: number): number {
    this.sent += 1;
    this.#socket.write(this.#conversation.frame(this.sent, t));
    return this.sent;
  }

  /** Bytes of the TCP stream so far, TLS and handshake included. */
  get wire(): { readonly written: number; readonly read: number } {
    return { written: this.#tcp.bytesWritten, read: this.#tcp.bytesRead };
  }

  /** Bytes that the socket has not taken. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  [Symbol.dispose](): void {
    this.#isEnding = true;
    this.#socket.destroy();
    this.#tcp.destroy();
  }

  async #begin({ upgrade }: Dialect, { token }: Peer): Promise<void> {
    if (upgrade === null) {
      this.#socket.resume();
      return this.#ready.resolve();
    }
    const asked = [
      `GET ${upgrade.path} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${KEY}`,
      ...(upgrade.subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${upgrade.subprotocol}`]),
      ...(token === '' ? [] : [`Authorization: Bearer ${token}`]),
    ];
    this.#socket.write(`${asked.join('\r\n')}\r\n\r\n`);
    const head = await this.#head();
    const frames = new ServerFrames((opcode, payload) => this.#heard(opcode, payload));
    this.#socket.on('data', (chunk: Buffer) => frames.read(chunk));
    if (head.length > 0) frames.read(head);
    if (this.#conversation.opening === null) this.#ready.resolve();
    else this.#socket.write(this.#conversation.opening);
  }

  /** Reads the answer to the upgrade; gives what came after it. @throws CodedError `load_refused` */
  #head(): Promise<Buffer> {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    let read = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(END_OF_HEAD);
      if (end < 0) return;
      this.#socket.off('data', onData);
      const status = read.subarray(0, end).toString('latin1');
      if (status.startsWith('HTTP/1.1 101')) resolve(read.subarray(end + END_OF_HEAD.length));
      else this.#fail(`${this.#options.peer.device} was refused: ${read.toString('utf8').slice(0, 400)}`);
    };
    this.#socket.on('data', onData);
    return Promise.race([promise, this.#ready.promise.then(() => promise)]);
  }

  #heard(opcode: Parameters<Conversation['hear']>[0], payload: Buffer): void {
    if (opcode === OPCODE.ping) {
      this.#socket.write(maskedFrame(OPCODE.pong, Buffer.from(payload)));
      return;
    }
    if (opcode === OPCODE.close) {
      const code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      return this.#fail(
        `${this.#options.peer.device} was closed with ${code} ${payload.toString('utf8', 2)}`,
      );
    }
    const heard = this.#conversation.hear(opcode, payload);
    if (heard === null) return;
    switch (heard.kind) {
      case 'ready':
        return this.#ready.resolve();
      case 'refused':
        return this.#fail(`${this.#options.peer.device}: ${heard.what}`);
      default:
        this.#options.onAcked(this, heard);
    }
  }

  #fail(why: string): void {
    if (this.#isEnding || this.#trouble !== null) return;
    this.#trouble = new CodedError('load_refused', why);
    // Whoever waits for it hears of it; afterwards the run asks.
    this.#ready.promise.catch(() => {});
    this.#ready.reject(this.#trouble);
  }
}
