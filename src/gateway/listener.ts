import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import swagger from '@fastify/swagger';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import { admitOnly } from './admit-only.ts';
import { takeEmptyBodies } from './json-bodies.ts';
import { answerBadPath, answerBadRequest, answerWithProblems, ProblemError } from './problem-details.ts';
import { readQueryNumbers } from './query-numbers.ts';
import { RefusalLog } from './refusal-log.ts';
import { secureContext, type TlsCredentials } from './secure-context.ts';
import { SESSION_COOKIE } from './session-cookie.ts';
import { socketFailed } from './taken-over.ts';
import type { UnauthenticatedSockets } from './unauthenticated-sockets.ts';

/** A peer has this long for the TLS handshake, and as long again for its request headers. Milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How often both are looked at: Node's own 30 s would let a peer stay four times as long. */
const TIMEOUT_CHECK_MS = 1_000;
/** A peer that does not answer the closing handshake in this time is cut off. */
const CLOSE_TIMEOUT_MS = 2_000;
/** REST bodies are small: a token request, a command. */
const MAX_BODY_BYTES = 64 * 1024;

/** `mutualTLS` is of OpenAPI 3.1; the plugin's types know 3.0's schemes only. */
const SECURITY_SCHEMES: object = {
  mtls: { type: 'mutualTLS', description: 'A device certificate of this service.' },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A token of a person. Where one is asked for, the session of the console does as well.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: "A session of the console. All but GET and HEAD need the server's own `Origin` with it.",
  },
};

export interface ListenerOptions {
  /** True while the process stops: nobody is admitted any more. */
  readonly isDraining: () => boolean;
  readonly name: 'device' | 'clinician';
  readonly tls: TlsCredentials & Pick<TlsOptions, 'requestCert' | 'rejectUnauthorized'>;
  readonly maxMessageBytes: number;
  /** In the order of preference. */
  readonly subprotocols: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: DoorAudit;
  /** Bounds what refused requests write to the log. */
  readonly denials: RefusalLog;
  /** Bounds the connections of peers that are not identified; the listener's routes say who is. */
  readonly unauthenticated: UnauthenticatedSockets;
  /** Why a peer is turned away after its handshake, before HTTP sees it; null: it is not. */
  readonly refusePeer?: (socket: TLSSocket) => string | null;
}

/** A Fastify server over TLS 1.2 or later with WebSockets and problem details: what both listeners have in common. */
export async function createListener(options: ListenerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    // Fastify's own request log would name paths with patient ids.
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    frameworkErrors: answerBadPath,
    clientErrorHandler: answerBadRequest,
    // The id of an alarm, with each `:` percent-encoded.
    routerOptions: { maxParamLength: 512 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    https: {
      ...secureContext(options.tls),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
  });
  const refusals = new RefusalLog({ ...options, listener: options.name, of: 'handshakes' });
  app.addHook('onClose', async () => refusals[Symbol.dispose]());
  admitOnly(app.server, 'connection', (socket: Socket) => {
    const admitted = options.unauthenticated.admit(socket);
    if (!admitted) socket.destroy();
    return admitted;
  });
  admitOnly(app.server, 'secureConnection', (socket: TLSSocket) => {
    const refusal = options.refusePeer?.(socket) ?? null;
    if (refusal === null) return true;
    handshakeRefused(refusal, refusal, socket);
    socket.destroy();
    return false;
  });
  /** @param code of the reason, from a set of few */
  function handshakeRefused(code: string, reason: string, socket: TLSSocket): void {
    const { remoteAddress: address } = socket;
    refusals.refused(code, { reason, remote: address });
    if (GONE.has(code)) return;
    const where = `${options.name} listener`;
    options.audit.denied(socket, { code: 'tls_refused', reason: code, where, address });
  }
  answerWithProblems(app as unknown as FastifyInstance, options);
  app.server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
    // In a refused handshake the error says ECONNRESET only; the reason stands on the socket.
    const reason: unknown = socket.authorizationError ?? error;
    const code = reason instanceof Error ? codeOf(reason) : String(reason);
    handshakeRefused(code, reason instanceof Error ? reason.message : code, socket);
    // Node leaves it open: after a handshake that timed out, for as long as the peer likes.
    socket.destroy();
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `Vitalwire ${options.name} listener`,
        version: 'v1',
        description: 'Generated from the route schemas. The sockets are described in asyncapi.yaml.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: SECURITY_SCHEMES as Record<string, { $ref: string }> },
    },
  });
  const failed = socketFailed(options);
  await app.register(websocket, {
    options: {
      maxPayload: options.maxMessageBytes,
      perMessageDeflate: false,
      handleProtocols: (offered: Set<string>) =>
        options.subprotocols.find((name) => offered.has(name)) ?? false,
    },
    errorHandler: (error, socket) => failed(error, socket),
    // Sessions have closed their sockets by now; whoever did not answer, or came meanwhile, ends here, or the server
    // would wait for them for ever.
    preClose(done) {
      for (const socket of app.websocketServer.clients) {
        socket.close(1012, 'service restart');
        setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
      }
      done();
    },
  });
  readQueryNumbers(app as unknown as FastifyInstance);
  takeEmptyBodies(app as unknown as FastifyInstance);
  app.addHook('onRequest', async () => {
    if (options.isDraining()) throw new ProblemError('overloaded', 'the server is stopping');
  });
  return app as unknown as FastifyInstance;
}

/** A peer that is gone before anybody judged it (a probe of a load balancer) was not refused: log only. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** An address to bind, and the settings it comes from, for whoever must change them. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
  readonly portKey: string;
}

/** Listens. @throws CodedError `address_unavailable`, naming the setting, its value and the cure */
export async function listenAt(app: FastifyInstance, address: ListenAddress): Promise<void> {
  const { host, port, hostKey, portKey } = address;
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw new CodedError('address_unavailable', unavailable(codeOf(cause), address), {
      cause,
      details: { [hostKey]: host, [portKey]: port },
    });
  }
}

function unavailable(code: string, { host, port, hostKey, portKey }: ListenAddress): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${portKey}=${port}: the port is in use by another process: stop that one, or choose another port`;
    case 'EACCES':
      return `${portKey}=${port}: the system does not let this user listen there: choose a port above 1023`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${hostKey}=${host}: not an address of this machine: choose one that is, or 0.0.0.0 for all`;
    default:
      return `${hostKey}=${host}, ${portKey}=${port}: cannot listen there (${code})`;
  }
}

/** The port a listening server got. */
export function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
}

/** The sub-protocols a WebSocket upgrade offers (RFC 6455 section 11.3.4). */
export function offeredSubprotocols(header: string | undefined): readonly string[] {
  return (header ?? '').split(',').map((name) => name.trim());
}
