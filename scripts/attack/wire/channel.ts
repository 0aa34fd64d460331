import type { KeyObject } from 'node:crypto';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type SecureContext,
  type SecureVersion,
} from 'node:tls';
import { Inbox } from './inbox.ts';

/** A connection to the server, over whatever speaks TLS for it. */
export interface Channel {
  readonly inbox: Inbox;
  send(bytes: Buffer | string): void;
  destroy(): void;
}

/** Where to, and from which of this machine's loopback addresses: it marks the attempt in the server's log. */
export interface Route {
  readonly port: number;
  readonly localAddress: string;
}

/** A server that neither answers nor ends a connection in this time hangs. Milliseconds. */
export const ANSWER_WITHIN_MS = 20_000;

/** What a peer shows in the handshake. */
export interface ClientCredential {
  /** DER as it is sent, leaf first; nothing: no certificate. */
  readonly chain: readonly Buffer[];
  readonly key: KeyObject | null;
}

export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** A context of Node's own TLS for the credential; null where OpenSSL refuses to load it. */
export function loadedInto(credential: ClientCredential, ca: string): SecureContext | null {
  const { chain, key } = credential;
  try {
    return createSecureContext({
      ca,
      // What is too weak for the server must not be stopped on this side.
      ciphers: 'DEFAULT@SECLEVEL=0',
      ...(chain.length === 0 ? {} : { cert: chain.map(pemOf).join('') }),
      ...(key === null ? {} : { key: key.export({ format: 'pem', type: 'pkcs8' }) }),
    });
  } catch {
    return null;
  }
}

export interface TlsOptions {
  readonly secureContext: SecureContext;
  readonly version: SecureVersion;
  readonly session?: Buffer;
  /** Told of every session that the server gives. */
  readonly onSession?: (session: Buffer) => void;
}

/** A channel over Node's own TLS. Never rejects: how it ended stands in its inbox. */
export function tlsChannel({ port, localAddress }: Route, options: TlsOptions): Channel {
  const inbox = new Inbox();
  const to: ConnectionOptions & Route & { readonly host: string } = {
    host: '127.0.0.1',
    port,
    localAddress,
    servername: 'localhost',
    ALPNProtocols: ['http/1.1'],
    secureContext: options.secureContext,
    minVersion: options.version,
    maxVersion: options.version,
    ...(options.session ? { session: options.session } : {}),
  };
  const socket = connect(to);
  socket.setTimeout(ANSWER_WITHIN_MS, () => {
    inbox.end('timeout');
    socket.destroy();
  });
  if (options.onSession) socket.on('session', options.onSession);
  socket.on('data', (chunk: Buffer) => inbox.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => inbox.end(error.code ?? error.message));
  socket.on('end', () => inbox.end('end'));
  socket.on('close', () => inbox.end('close'));
  return {
    inbox,
    send: (bytes) => void socket.write(bytes),
    destroy: () => socket.destroy(),
  };
}
