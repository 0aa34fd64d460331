import type { Channel } from './channel.ts';
import type { Parsed } from './inbox.ts';

export interface HttpAnswer {
  readonly status: number;
  /** The `code` of problem details; empty where there are none. */
  readonly code: string;
  readonly body: string;
}

/** Sends one request as it is and reads the answer; null: the connection ended without one. */
export async function exchange(channel: Channel, request: string): Promise<HttpAnswer | null> {
  channel.send(Buffer.from(request, 'latin1'));
  return channel.inbox.take(parseAnswer);
}

function parseAnswer(bytes: Buffer, ended: boolean): Parsed<HttpAnswer> | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = bytes.subarray(0, headEnd).toString('latin1');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  const from = headEnd + 4;
  if (status === 101) return { value: { status, code: '', body: '' }, used: from };
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
  const used = Number.isNaN(length) ? bytes.length : from + length;
  if (bytes.length < used && !ended) return null;
  if (Number.isNaN(length) && !ended) return null;
  const body = bytes.subarray(from, used).toString('utf8');
  return { value: { status, code: codeIn(body), body }, used: Math.min(used, bytes.length) };
}

function codeIn(body: string): string {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'string' ? code : '';
  } catch {
    return '';
  }
}

const FORM = 'grant_type=client_credentials';

export const TOKEN_REQUEST = [
  'POST /v1/token HTTP/1.1',
  'Host: localhost',
  'Content-Type: application/x-www-form-urlencoded',
  `Content-Length: ${FORM.length}`,
  '',
  FORM,
].join('\r\n');

/** An upgrade request; `authorization` are whole header lines. */
export function upgradeRequest(path: string, subprotocol: string, authorization: readonly string[]): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dml0YWx3aXJlLWF0dGFjaw==',
    `Sec-WebSocket-Protocol: ${subprotocol}`,
    ...authorization,
    '',
    '',
  ].join('\r\n');
}

export function streamRequest(token: string): string {
  return upgradeRequest('/v1/stream', 'vitalwire.v1.json', [`Authorization: Bearer ${token}`]);
}

export function getRequest(path: string, authorization: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: localhost', ...authorization, '', ''].join('\r\n');
}
