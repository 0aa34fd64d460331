import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { CodedError } from '../../../src/core/coded-error.ts';
import type { WireBytes } from '../load/load-messages.ts';
import { type HttpAnswer, HttpAnswers } from './http-answers.ts';

export interface HttpsTarget {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
}

export interface HttpsPeer {
  /** Of a wearable; a clinician has none. PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** TLS session of an earlier connection, to be resumed. */
  readonly session?: Buffer;
}

/** One HTTPS connection with as little between it and the wire as Node allows: requests are bytes made elsewhere. */
export class HttpsConnection implements Disposable {
  /** The newest ticket that the server gave. */
  session: Buffer | null = null;
  readonly #socket: TLSSocket;
  readonly #tcp: Socket;
  readonly #waiting: PromiseWithResolvers<HttpAnswer>[] = [];
  #ended: CodedError | null = null;

  constructor({ port, ca }: HttpsTarget, peer: HttpsPeer) {
    this.#tcp = connectTcp({ host: '127.0.0.1', port });
    this.#socket = connect({
      ...{ socket: this.#tcp, servername: 'localhost', ca, ALPNProtocols: ['http/1.1'] },
      ...peer,
    });
    this.#socket.setNoDelay(true);
    const answers = new HttpAnswers((answer) => this.#waiting.shift()?.resolve(answer));
    this.#socket.on('data', (chunk: Buffer) => answers.read(chunk));
    this.#socket.on('session', (session: Buffer) => {
      this.session = session;
    });
    this.#socket.on('error', (cause) => this.#end(cause.message));
    this.#tcp.on('error', (cause) => this.#end(cause.message));
    this.#socket.on('close', () => this.#end('the server closed the connection'));
  }

  /** Sends a request; it may wait for the handshake. @throws CodedError `load_refused` */
  ask(request: string): Promise<HttpAnswer> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const waiting = Promise.withResolvers<HttpAnswer>();
    this.#waiting.push(waiting);
    this.#socket.write(request, 'latin1');
    return waiting.promise;
  }

  get isResumed(): boolean {
    return this.#socket.isSessionReused();
  }

  /** Bytes of the TCP stream so far, TLS and handshake included. */
  get wire(): WireBytes {
    return { written: this.#tcp.bytesWritten, read: this.#tcp.bytesRead };
  }

  /** Closes in good order, and gives all bytes that there were. */
  async close(): Promise<WireBytes> {
    const closed = this.#tcp.closed ? null : once(this.#tcp, 'close');
    this.#socket.end();
    this.#socket.destroySoon();
    await closed;
    return this.wire;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
    this.#tcp.destroy();
  }

  #end(why: string): void {
    if (this.#ended !== null) return;
    this.#ended = new CodedError('load_refused', `an HTTPS connection ended: ${why}`);
    for (const waiting of this.#waiting) waiting.reject(this.#ended);
    this.#waiting.length = 0;
  }
}
