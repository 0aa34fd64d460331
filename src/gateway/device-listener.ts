import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Clock, EpochMs } from '../core/clock.ts';
import { bearerTokenOf } from '../identity/access-token.ts';
import {
  admitDevice,
  type IdentifiedDevice,
  identifyDevice,
  identifyForRenewal,
  type ReadCertificates,
  thumbprintOf,
} from '../identity/device-identity.ts';
import { issueDeviceToken } from '../identity/device-token.ts';
import { IdentityError } from '../identity/identity-error.ts';
import type { RenewalIssuer } from '../identity/renewal-issuer.ts';
import type { TokenKeySchedule } from '../identity/token-keys.ts';
import { VerifiedTokens } from '../identity/verified-tokens.ts';
import type { SessionTable } from '../ingest/session-table.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import { DEVICE_SUBPROTOCOLS, type DeviceSubprotocol, serverCodecs } from '../protocol/device-codec.ts';
import { MAX_DEVICE_MESSAGE_BYTES } from '../protocol/limits.ts';
import { rateExceededReason } from '../protocol/retry-after.ts';
import type { Registry } from '../registry/registry.ts';

import type { ClientCertificateGate } from './client-certificate-gate.ts';
import type { DeviceHoldOff } from './device-hold-off.ts';
import { takeMessagesDirectly } from './direct-reads.ts';
import { addEstRoutes, EST_PATH } from './est-routes.ts';
import { FirstUse } from './first-use.ts';
import type { Heartbeat } from './heartbeat.ts';
import { heldToken } from './held-token.ts';
import { createListener, offeredSubprotocols } from './listener.ts';
import { ProblemError, sendHeldOff, sendProblem, sendRefusal } from './problem-details.ts';
import type { RefusalLog } from './refusal-log.ts';
import { socketFailed, takeOver } from './taken-over.ts';
import { deviceTokenSchema } from './token-schema.ts';
import type { UnauthenticatedSockets } from './unauthenticated-sockets.ts';
import { webSocketTransport } from './websocket-transport.ts';

export interface DeviceListenerOptions {
  readonly tls: { readonly key: string; readonly cert: string; readonly ca: string };
  readonly registry: Registry;
  readonly keys: TokenKeySchedule;
  readonly sessions: SessionTable;
  readonly heartbeat: Heartbeat;
  readonly gate: ClientCertificateGate;
  readonly unauthenticated: UnauthenticatedSockets;
  readonly holdOff: DeviceHoldOff;
  readonly denials: RefusalLog;
  readonly isDraining: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: DoorAudit;
  readonly issuer: string;
  readonly tokenTtlS: number;
  readonly renewals: RenewalIssuer;
  /** Life of the certificates that devices renew themselves. Days. */
  readonly certificateDays: number;
}

/** Names no device: whoever shows nothing is refused as whoever shows what cannot be read. */
const NO_CERTIFICATE = Buffer.alloc(0);

/** A device that passed every check before the upgrade. */
interface Admission {
  readonly identified: IdentifiedDevice;
  readonly tokenExpires: EpochMs;
  /** Seconds the device must stay away, because it connects too often; 0: it may come in. */
  readonly heldOffS: number;
  /** Of the upgrade. */
  readonly response: ServerResponse;
}

/**
 * The listener of wearables: a client certificate is required in the handshake, and looked at again in every request,
 * because a resumed TLS session skips the handshake's checks.
 */
export async function createDeviceListener(options: DeviceListenerOptions): Promise<FastifyInstance> {
  const { registry, keys, clock, issuer, log, audit } = options;
  const app = await createListener({
    isDraining: options.isDraining,
    name: 'device',
    // The gate judges in Node's place: docs/adr/0011-late-renewal-through-the-handshake.md.
    tls: { ...options.tls, requestCert: true, rejectUnauthorized: false },
    refusePeer: options.gate.refusalOf,
    unauthenticated: options.unauthenticated,
    maxMessageBytes: MAX_DEVICE_MESSAGE_BYTES,
    subprotocols: DEVICE_SUBPROTOCOLS,
    clock,
    log,
    audit,
    denials: options.denials,
  });
  const failed = socketFailed({ name: 'device', log });
  const codecs = serverCodecs();
  const admissions = new WeakMap<FastifyRequest, Admission>();

  const firstUse = new FirstUse(options);
  const read: ReadCertificates = new WeakMap();
  const identifyBy = (request: FastifyRequest, judge: typeof identifyDevice): IdentifiedDevice => {
    const socket = request.raw.socket as TLSSocket;
    // Not getPeerCertificate(), which takes apart all that is in it. The gate lets nobody through without one.
    const raw = socket.getPeerX509Certificate()?.raw ?? NO_CERTIFICATE;
    // Before it is judged: that a revoked device was turned away is told by its name.
    const holder = registry.certificate(thumbprintOf(raw))?.device;
    if (holder) audit.identified(request, { kind: 'device', id: holder });
    const identified = judge(registry, { raw }, clock.now(), read);
    options.unauthenticated.identified(socket);
    return identified;
  };
  const identify = (request: FastifyRequest): IdentifiedDevice => identifyBy(request, identifyDevice);
  const tokens = new VerifiedTokens(keys, issuer);
  const verify = (token: string, identified: IdentifiedDevice) =>
    tokens.verify(token, identified, clock.now());

  app.addHook('onRequest', async (request) => {
    if (options.gate.isLate(request.raw.socket) && !request.routeOptions.url?.startsWith(EST_PATH))
      throw new IdentityError('certificate_expired', 'the certificate has expired: it may only be renewed');
  });

  // Form-encoded only (RFC 6749 section 4.4.2): not the JSON and text that Fastify reads by itself.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body.toString())));
    },
  );

  app.post(
    '/v1/token',
    { schema: deviceTokenSchema },
    async (request: FastifyRequest, reply: FastifyReply) => {
      let identified: IdentifiedDevice;
      try {
        identified = identify(request);
      } catch (error) {
        // OAuth clients look for `error` (RFC 6749 section 5.2); it stands beside the problem details.
        if (error instanceof IdentityError)
          return sendRefusal(options, request, reply, error, { error: 'invalid_client' });
        throw error;
      }
      const heldOffS = options.holdOff.waitAt('token', identified.device.id);
      if (heldOffS > 0) return sendHeldOff(reply, heldOffS);
      const { grant_type: grant } = (request.body ?? {}) as { grant_type?: string };
      if (grant !== 'client_credentials') {
        return sendProblem(
          reply,
          'unsupported_grant_type',
          `grant_type is ${JSON.stringify(grant ?? '').slice(0, 64)}`,
          { error: 'unsupported_grant_type' },
        );
      }
      await firstUse.note(identified);
      const { device, thumbprint } = identified;
      const { token } = await issueDeviceToken(keys, {
        device: device.id,
        thumbprint,
        issuer,
        ttlS: options.tokenTtlS,
        now: clock.now(),
      });
      return reply
        .header('cache-control', 'no-store')
        .send({ access_token: token, token_type: 'Bearer', expires_in: options.tokenTtlS });
    },
  );

  await addEstRoutes(app, options, (request) => identifyBy(request, identifyForRenewal));

  app.get(
    '/.well-known/jwks.json',
    { schema: { summary: 'Public keys of tokens (RFC 7517)', tags: ['identity'] } },
    () => keys.current(clock.now()).jwks,
  );
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());

  app.get(
    '/v1/stream',
    {
      websocket: true,
      preValidation: async (request: FastifyRequest, reply: FastifyReply) => {
        const identified = identify(request);
        // Also of those whose token does not hold: a loop with a bad one costs as much.
        const heldOffS = options.holdOff.waitAt('stream', identified.device.id);
        // A WebSocket is told in its own words; a connection that stays one of HTTP would be kept and counted nowhere.
        if (heldOffS > 0 && !request.ws) return sendHeldOff(reply, heldOffS);
        const { expires } = await verify(bearerTokenOf(request.headers.authorization), identified);
        if (!request.ws) throw new ProblemError('upgrade_required', '/v1/stream is a WebSocket');
        const offered = offeredSubprotocols(request.headers['sec-websocket-protocol']);
        if (!DEVICE_SUBPROTOCOLS.some((name) => offered.includes(name))) {
          throw new ProblemError(
            'subprotocol_required',
            `offer ${DEVICE_SUBPROTOCOLS.join(' or ')} in Sec-WebSocket-Protocol`,
          );
        }
        await firstUse.note(identified);
        admissions.set(request, { identified, tokenExpires: expires, heldOffS, response: reply.raw });
      },
    },
    (socket: WebSocket, request: FastifyRequest) => {
      const admission = admissions.get(request);
      if (!admission) return socket.terminate();
      takeOver(socket, {
        request: request.raw,
        response: admission.response,
        onError: failed,
      });
      open(socket, request.raw.socket as TLSSocket, admission);
    },
  );

  /** Handlers are attached in this turn: a frame that comes with the upgrade would be lost otherwise. */
  function open(
    socket: WebSocket,
    stream: TLSSocket,
    { identified, tokenExpires, heldOffS }: Admission,
  ): void {
    const { device, certificate, thumbprint } = identified;
    if (heldOffS > 0) {
      // Said in the socket's own words, which a client that upgrades can read; the live connection stays as it is.
      socket.on('error', () => socket.terminate());
      return webSocketTransport(socket).close(4429, rateExceededReason(heldOffS));
    }
    const session = options.sessions.admit({
      id: randomUUID(),
      device: device.id,
      transport: webSocketTransport(socket),
      codec: codecs[socket.protocol as DeviceSubprotocol],
      tokenExpires,
      verifyToken: (token) => heldToken(verify(token, identified)),
      refusal: () => refusalOf(registry, thumbprint, clock.now()),
      certificateEnds: certificate.not_after,
    });
    socket.on('error', (error) =>
      log.warn({ event: 'socket_error', device: device.id, reason: error.message }, 'device socket error'),
    );
    socket.on('close', (code) => options.sessions.left(session, code));
    const alive = options.heartbeat.watch(socket, () => session.close(4408, 'heartbeat lost'));
    takeMessagesDirectly(socket, stream, MAX_DEVICE_MESSAGE_BYTES, (data, binary) => {
      alive();
      session.receive(data, binary);
    });
  }

  return app;
}

/** Why a device that was identified is not to stay; null: it may. */
function refusalOf(registry: Registry, thumbprint: string, now: EpochMs): string | null {
  try {
    admitDevice(registry, thumbprint, now);
    return null;
  } catch (error) {
    if (error instanceof IdentityError) return error.code;
    throw error;
  }
}
