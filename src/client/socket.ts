import type { IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import { TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { systemClock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { Refusal, readBody } from './refusal.ts';

export interface SocketOptions {
  readonly url: URL;
  readonly subprotocol: string;
  readonly token: string;
  /** Holds certificates and the TLS sessions of earlier connections. */
  readonly agent: Agent;
  readonly maxMessageBytes: number;
  /** TCP, TLS and upgrade together, in real milliseconds. */
  readonly handshakeTimeoutMs: number;
}

/** How a connection ended. */
export interface SocketEnd {
  /** The close code; 1006 when the connection was lost without one, or never stood. */
  readonly code: number;
  readonly reason: string;
  readonly error: Error | null;
}

export interface SocketEvents {
  /** `resumed`: the TLS session was one of an earlier connection. */
  opened(resumed: boolean): void;
  message(data: Buffer, binary: boolean): void;
  /** The peer gave a sign of life: a message or a ping. */
  alive(): void;
}

/**
 * Opens a WebSocket and tells how it ended; never rejects. The handlers are attached before the first byte can arrive,
 * so that no early frame is lost.
 */
export function openSocket(
  options: SocketOptions,
  events: SocketEvents,
): { readonly socket: WebSocket; readonly ended: Promise<SocketEnd> } {
  const socket = new WebSocket(options.url, options.subprotocol, {
    agent: options.agent,
    headers: { authorization: `Bearer ${options.token}` },
    handshakeTimeout: options.handshakeTimeoutMs,
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
  const ended = new Promise<SocketEnd>((resolve) => {
    let error: Error | null = null;
    let resumed = false;
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      readBody(response)
        .then((body) => new Refusal('the connection', response, body))
        .catch((cause: unknown) => new CodedError('refused', 'the refusal could not be read', { cause }))
        .then((refusal) => {
          error = refusal;
          socket.terminate();
        });
    });
    socket.on('error', (cause) => {
      error ??= cause;
    });
    socket.on('upgrade', (response: IncomingMessage) => {
      const { socket: channel } = response;
      resumed = channel instanceof TLSSocket && channel.isSessionReused();
    });
    socket.on('open', () => events.opened(resumed));
    socket.on('message', (data, binary) => {
      events.alive();
      // `nodebuffer` is the default binary type: every message is one Buffer.
      events.message(data as Buffer, binary);
    });
    socket.on('ping', () => events.alive());
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8'), error }));
  });
  return { socket, ended };
}

/** Starts the closing handshake; a peer that does not answer it within two seconds is dropped. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  socket.close(code, reason);
  const timer = systemClock().after(2_000, () => socket.terminate());
  socket.once('close', () => timer.cancel());
}
