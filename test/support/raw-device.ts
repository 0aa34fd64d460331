import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { SecureVersion, TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';
import type { RestAnswer } from './rest.ts';
import type { RunningServer } from './running-server.ts';

/** What a peer shows in the handshake; nothing of it comes from the product's clients. */
export interface RawPeer {
  readonly ca: string | Buffer;
  readonly cert?: string;
  readonly key?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
}

/** One request, whole, on a connection of its own. */
export function ask(url: string | URL, options: RequestOptions, body?: string | Buffer): Promise<RestAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false, ...options }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        const json = text !== '' && /json/.test(response.headers['content-type'] ?? '');
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text, body: json ? JSON.parse(text) : {} });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}

export const FORM = 'application/x-www-form-urlencoded';

/** `POST /v1/token` as any OAuth client sends it. */
export function askToken(server: RunningServer, peer: RawPeer): Promise<RestAnswer> {
  return ask(
    `${server.deviceUrl}/v1/token`,
    { ...peer, method: 'POST', headers: { 'content-type': FORM } },
    'grant_type=client_credentials',
  );
}

export async function tokenOf(server: RunningServer, peer: RawPeer): Promise<string> {
  const { status, text, body } = await askToken(server, peer);
  if (status !== 200) throw new Error(`no token: ${status} ${text}`);
  return String(body.access_token);
}

export interface Upgrade {
  /** What stands after `Authorization:`; null: no such header. */
  readonly authorization: string | null;
  /** Beside it. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: string[];
  readonly path?: string;
  readonly session?: Buffer;
  /** false: pings stay unanswered. */
  readonly autoPong?: boolean;
  /** Sees the TLS connection when its handshake is done. */
  readonly onTls?: (socket: TLSSocket) => void;
}

/** An open WebSocket that keeps what came. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly frames: Readonly<Record<string, unknown>>[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(frame: unknown): void;
  /** The first frame of `type`, come or to come. */
  frame(type: string): Promise<Readonly<Record<string, unknown>>>;
}

function opened(socket: WebSocket): RawSocket {
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString('utf8'))));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => ({
    code: Number(code),
    reason: String(reason),
  }));
  return {
    socket,
    frames,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    frame: (type) => eventually(() => frames.find((one) => one.type === type)),
  };
}

/** Asks for the WebSocket: the open socket, or the answer that refused it before any 101. */
export function upgrade(base: string, peer: RawPeer, asked: Upgrade): Promise<RawSocket | RestAnswer> {
  const {
    authorization,
    protocols = ['vitalwire.v1.json'],
    path = '/v1/stream',
    session,
    autoPong = true,
  } = asked;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${base.replace('https', 'wss')}${path}`, protocols, {
      ...peer,
      autoPong,
      ...(session ? { session } : {}),
      headers: { ...asked.headers, ...(authorization === null ? {} : { authorization }) },
    });
    const open = opened(socket);
    open.closed.catch(() => undefined);
    const seen = (response: IncomingMessage): void => asked.onTls?.(response.socket as TLSSocket);
    socket.on('upgrade', seen);
    socket.on('open', () => resolve(open));
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      seen(response);
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        const json = /json/.test(headers['content-type'] ?? '');
        resolve({ status, headers, text, body: json ? JSON.parse(text) : {} });
      });
    });
  });
}

/** The WebSocket of a peer that is as it should be; throws when it is refused. */
export async function openStream(
  server: RunningServer,
  peer: RawPeer,
  asked: Partial<Upgrade> = {},
): Promise<RawSocket> {
  const authorization = `Bearer ${await tokenOf(server, peer)}`;
  const answer = await upgrade(server.deviceUrl, peer, { authorization, ...asked });
  if ('status' in answer) throw new Error(`refused: ${answer.status} ${answer.text}`);
  return answer;
}
